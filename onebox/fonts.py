"""A font configuration that serves WeasyPrint and Chromium alike, on a machine without a Chinese font too."""

from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

from onebox.home import Home

#: The wheel's family first: its glyphs are the simplified ones, other CJK fonts may draw Japanese forms.
CHINESE = ("Noto Sans SC", "Noto Sans CJK SC")
SYSTEM_CONFIGURATION = "/etc/fonts/fonts.conf"


def font_folder() -> Path | None:
    """The font folder of the wheel; None where it is not installed."""
    spec = find_spec("pylopdf_fonts_zh_cn")
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def configuration(folders: list[Path], cache: Path) -> str:
    """The text of `fonts.conf`: the folders, the system's fonts, and Noto Sans SC for Chinese."""
    places = "\n".join(f"  <dir>{escape(str(folder))}</dir>" for folder in folders)
    prefer = "".join(f"<string>{name}</string>" for name in CHINESE)
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">{SYSTEM_CONFIGURATION}</include>
{places}
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir>{escape(str(cache))}</cachedir>
  <match target="pattern">
    <test name="lang" compare="contains"><string>zh</string></test>
    <test name="family"><string>sans-serif</string></test>
    <edit name="family" mode="prepend" binding="strong">{prefer}</edit>
  </match>
  <alias binding="same"><family>{CHINESE[1]}</family><accept><family>{CHINESE[0]}</family></accept></alias>
  <alias><family>sans-serif</family><default><family>{CHINESE[0]}</family></default></alias>
</fontconfig>
"""


def write_configuration(home: Home) -> Path:
    """Writes `fonts.conf` into the home (only when it changed: fontconfig's cache looks at the time) and names it."""
    folder = font_folder()
    text = configuration([folder] if folder else [], home.state / "fontcache")
    file = home.state / "fonts.conf"
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
    return file
