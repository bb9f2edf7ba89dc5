const onMac = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.platform);

/** The keys that open the palette, as they are printed on the keyboard. */
export const paletteKeys = onMac ? '⌘ K' : 'Ctrl K';
