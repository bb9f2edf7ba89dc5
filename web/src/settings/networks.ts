// The team's networks as a person writes them: an address or a network (CIDR) a line.

export interface NetworkLine {
  /** Counted from 1, as an editor does. */
  line: number;
  text: string;
}

/** The lines that say something; commas part addresses too, since lists are often pasted. */
export function networkLines(text: string): NetworkLine[] {
  return text
    .split('\n')
    .flatMap((row, index) => row.split(',').map((part) => ({ line: index + 1, text: part.trim() })))
    .filter((line) => line.text !== '');
}

/** Whether a line is an IPv4 or IPv6 address, with or without a prefix length. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0) return false;
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
  if (bits === 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

/** The lines that are no network, to be said before anything is sent. */
export function wrongLines(text: string): NetworkLine[] {
  return networkLines(text).filter((line) => !isNetwork(line.text));
}

/** The line of the entry which the API refused: its problem names `xTeamNetworks/2`. */
export function refusedLine(text: string, field: string): NetworkLine | undefined {
  const index = /^xTeamNetworks\/(\d+)$/.exec(field)?.[1];
  return index === undefined ? undefined : networkLines(text)[Number(index)];
}

function isIPv4(address: string): boolean {
  const parts = address.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIPv6(address: string): boolean {
  // The URL parser knows every spelling, `::ffff:192.0.2.1` included.
  return address.includes(':') && !/[^\da-f:.]/i.test(address) && URL.canParse(`http://[${address}]/`);
}
