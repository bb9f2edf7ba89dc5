const KEY = 'single-keys';

/**
 * Shortcuts of a single letter: whoever speaks to the computer, or has such keys elsewhere, switches them
 * off.
 */
class SingleKeys {
  on = $state(stored());

  set(on: boolean): void {
    this.on = on;
    try {
      if (on) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, 'off');
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  /** Whether a key means a shortcut: not while something is typed, or a dialog is open. */
  mean(event: KeyboardEvent): boolean {
    if (!this.on || event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return false;
    const { target } = event;
    const typing = target instanceof Element && target.matches('input, select, textarea, [contenteditable]');
    return !typing && document.querySelector('dialog[open]') === null;
  }
}

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

export const singleKeys = new SingleKeys();
