/** Light or dark: as the system has it, until somebody says otherwise on this machine. */

export type Theme = 'system' | 'light' | 'dark';
const key = 'tributary-theme';
const prefersDark = () => window.matchMedia('(prefers-color-scheme: dark)');

export function chosenTheme(): Theme {
  const text = localStorage.getItem(key);
  return text === 'light' || text === 'dark' ? text : 'system';
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  paint();
}

/** Paints the page, and again when the system changes its mind. */
export function applyTheme(): void {
  paint();
  prefersDark().addEventListener('change', paint);
}

function paint(): void {
  const chosen = chosenTheme();
  const isDark = chosen === 'dark' || (chosen === 'system' && prefersDark().matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
}
