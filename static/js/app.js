// The one script a page loads. Each module looks for its own marks and does nothing where there are none.
import "./csrf.js";
import "./once.js";
import "./failure.js";
import "./notices.js";
import "./palette.js";
import "./wedge.js";
import "./keys.js";
import "./touched.js";
import "./autosave.js";
import "./signature.js";
import "./walkround.js";
import "./photos.js";
import "./timer.js";
import "./change.js";
import "./poll.js";
import "./drag.js";
import "./desk.js";
