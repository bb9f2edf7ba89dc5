// What a typed or configured address means before it is sent or printed.

/** A scheme is a choice only where it is written; a bare `example.com/menu` means https. */
export function asDestination(typed: string): string {
  const text = typed.trim();
  if (text === '' || text.includes('://') || /^(mailto|tel|sms|geo):/i.test(text)) return text;
  return `https://${text}`;
}

/** Whether only this very computer can reach the address: a phone that scans it cannot. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const host = new URL(address).hostname;
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  );
}
