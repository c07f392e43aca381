"""The documentation's settings, for both books: `docs/` in English and `docs/zh/` in Simplified Chinese.

Built by `python3 run.py docs`; a reference to a page, heading or picture that is not there fails the build.
"""

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

project = "DMS-lite"
author = "DMS-lite"
project_copyright = "DMS-lite"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["zh"]  # the other book; in its own build there is no such folder
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
html_theme = "furo"
html_title = "DMS-lite"
html_show_sphinx = False
html_show_copyright = False
# System fonts, as the application; nothing is fetched from elsewhere.
html_theme_options = {"footer_icons": []}
html_copy_source = False
#: The state machine stands beside its picture as Mermaid source too, for whoever edits it elsewhere.
lexers["mermaid"] = TextLexer()
