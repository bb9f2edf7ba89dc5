/** Lets the browser save a file. */
export function save(file: Blob, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(file);
  anchor.download = name;
  anchor.click();
  // The browser has begun to read it by then; without this it would be kept as long as the page.
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}

/**
 * Puts a picture on the clipboard; false where the browser does not let us: without HTTPS there is none. The picture may
 * still be on its way, because some browsers want to be asked within the press itself.
 */
export async function copyPicture(picture: Promise<Blob>): Promise<boolean> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
    return true;
  } catch {
    return false;
  }
}
