import { tick } from 'svelte';

/**
 * Whoever uses the keyboard goes on from `place`, or from the page's heading, when what had the focus is gone. To
 * be called after the change; a focus that is somewhere stays there.
 */
export async function goOnFrom(place?: HTMLElement | null): Promise<void> {
  await tick();
  const now = document.activeElement;
  if (now && now !== document.body && !(now instanceof HTMLButtonElement && now.disabled)) return;
  const next = place?.isConnected && !place.matches(':disabled') ? place : document.querySelector<HTMLElement>('main h1[tabindex]');
  next?.focus({ preventScroll: true });
}
