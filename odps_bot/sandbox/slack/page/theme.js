// The theme: that of the system, or the person's choice, which the browser stores.

const KEY = "odps-bot-theme";

export const THEMES = [
  { id: "system", label: "Same as the system", face: "half" },
  { id: "light", label: "Light", face: "sun" },
  { id: "dark", label: "Dark", face: "moon" },
];

/** Return the id of the chosen theme. */
export function currentTheme() {
  const chosen = recall(KEY);
  return THEMES.some(({ id }) => id === chosen) ? chosen : "system";
}

/** Choose a theme by its id and store the choice. */
export function chooseTheme(id) {
  remember(KEY, id);
  applyTheme();
}

/** Show the page in the chosen theme. */
export function applyTheme() {
  document.documentElement.dataset.theme = currentTheme();
}

/** Return the stored value of a key, or null; storage can be unavailable. */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Store a value if the browser can. */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without storage the page is shown as on a first visit.
  }
}
