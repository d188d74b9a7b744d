// What this tab remembers of the run on each page. A page that begins anew, after a reload or with a server that has forgotten
// the run, can then say what is gone: the run always, and the settings if they are not in the address.
const RUNS_KEY = "backprop-runs";
const DOCUMENT = performance.timeOrigin; // tells this document from the one before a reload
const SERVER_AWAY = "The server was restarted, or out of reach for too long";
const RELOADED = "The page was reloaded";
const SAME_SETTINGS = "the run begins again at step 0, with the same settings.";
const OTHER_SETTINGS = "the run on this page is gone with its settings, and a new one begins.";
export const FORGOTTEN = `${SERVER_AWAY}: ${SAME_SETTINGS}`;

// A link or a typed address begins something new, and nothing is missing.
if (performance.getEntriesByType("navigation")[0]?.type === "navigate") keepRuns({});

// Note where the run of a page stands: `session` names the playback on the server, `step` the latest step,
// `settings` the query of the address.
export function rememberRun(page, session, step, settings) {
  keepRuns({ ...rememberedRuns(), [page]: { session, step, settings, opened: DOCUMENT } });
}

// What a page has lost that now shows another playback, in one sentence; null if nothing.
export function lostRun(page, session) {
  const former = rememberedRuns()[page];
  if (!former?.step || former.session === session) return null;
  return `${former.opened === DOCUMENT ? SERVER_AWAY : RELOADED}: ${former.settings === location.search ? SAME_SETTINGS : OTHER_SETTINGS}`;
}

// The storage may be forbidden.
function rememberedRuns() {
  try {
    return JSON.parse(sessionStorage.getItem(RUNS_KEY)) ?? {};
  } catch {
    return {};
  }
}

function keepRuns(runs) {
  try {
    sessionStorage.setItem(RUNS_KEY, JSON.stringify(runs));
  } catch {}
}
