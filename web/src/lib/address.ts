// What a typed or configured address means before it is sent or printed.

/** A scheme is a choice only where it is written; a bare `example.com/menu` means https. */
export function asDestination(typed: string): string {
  const text = typed.trim();
  if (text === '' || hasScheme(text)) return text;
  return `https://${text}`;
}

/** Whether a text begins with a scheme: `mailto:`, and `example.com:8080` not. */
function hasScheme(text: string): boolean {
  return text.includes('://') || /^((mailto|tel|sms|geo):|[a-z][a-z\d+.-]*:(?!\d))/i.test(text);
}

/** Whether a text is meant as an address to lead to, and not as words to search for. */
export function isAddress(typed: string): boolean {
  const text = typed.trim();
  if (/\s/.test(text)) return false;
  if (/^(https?:\/\/|mailto:|tel:|sms:|geo:)./i.test(text)) return true;
  return /^[\p{L}\p{N}.-]+\.\p{L}{2,}(:\d+)?([/?#].*)?$/u.test(text);
}

/** Whether only this very computer can reach the address: a phone that scans it cannot. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const host = new URL(address).hostname;
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  );
}

/**
 * An address of the installation as this page asks for it. It begins with the base URL, and a page may have come by
 * another of the installation's names, from which the browser shows nothing of that one.
 */
export const ownPath = (url: string): string => url.replace(/^https?:\/\/[^/]+/, '');
