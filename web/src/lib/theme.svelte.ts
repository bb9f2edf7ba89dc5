import { MediaQuery } from 'svelte/reactivity';
import { type Theme, THEMES } from './themes';

const KEY = 'theme';

class CurrentTheme {
  choice: Theme = $state(chosenBefore());
  readonly #deviceIsDark = new MediaQuery('(prefers-color-scheme: dark)');
  readonly isDark = $derived(this.choice === 'system' ? this.#deviceIsDark.current : this.choice === 'dark');

  choose(theme: Theme): void {
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme;
    this.choice = theme;
    try {
      if (theme === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }
}

/** `theme.js` has read it before the page was painted. */
function chosenBefore(): Theme {
  const { theme } = document.documentElement.dataset;
  return THEMES.find((name) => name === theme) ?? 'system';
}

export const theme = new CurrentTheme();
