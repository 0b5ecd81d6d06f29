// Light or dark: what the system says, or what the person chose; remembered by the browser.

const KEY = "odps-bot-theme";

export const THEMES = [
  { id: "system", label: "As the system", face: "half" },
  { id: "light", label: "Light", face: "sun" },
  { id: "dark", label: "Dark", face: "moon" },
];

/** Return the id of the chosen theme. */
export function currentTheme() {
  const chosen = recall(KEY);
  return THEMES.some(({ id }) => id === chosen) ? chosen : "system";
}

/** Choose a theme by its id, now and for the next visits. */
export function chooseTheme(id) {
  remember(KEY, id);
  applyTheme();
}

/** Show the page in the chosen theme. */
export function applyTheme() {
  document.documentElement.dataset.theme = currentTheme();
}

/** Return what the browser remembers under a key, or null; some browsers remember nothing. */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Let the browser remember something, where it does. */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that remembers nothing shows the page as on a first visit.
  }
}
