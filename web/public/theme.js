// Runs before the first paint, so that the other scheme does not flash up first. What is chosen here is written by
// src/lib/theme.svelte.ts.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Without storage the page follows the device.
}
