// What a telephone does with a code: reads it, and asks for the address it holds.
import { request } from 'node:http';

export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.5 Mobile/15E148 Safari/604.1';

/**
 * One request, no redirect followed.
 * @returns {Promise<{status: number, location: string | undefined}>}
 */
export function open(address) {
  return new Promise((resolve, reject) => {
    const headers = {
      'User-Agent': IPHONE,
      Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'Accept-Language': 'de-DE,de;q=0.9',
      'Sec-Fetch-Dest': 'document',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Site': 'none',
    };
    request(address, { headers }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location }));
    })
      .on('error', reject)
      .end();
  });
}
