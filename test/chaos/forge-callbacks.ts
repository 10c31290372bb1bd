/** Callbacks that no rail sent: with a bad token, for another rail, about nobody, and true ones that say what is not so. */
import type { Random } from './random.ts';

/** What a rail might say of a payment that failed; the hub must ask, whatever it says. */
const falsehood = JSON.stringify({
  transactionStatus: 'failed',
  transactionReference: 'forged',
  amount: '0.01',
  currency: 'EUR',
});

export type Forgery = { readonly path: string; readonly body: string; readonly isToken: boolean };

/** Made of paths that rails have called back at; at least one bad token even where none has. */
export function forgeriesOf(paths: readonly string[], random: Random): Forgery[] {
  const bad = (path: string): Forgery => ({ path, body: falsehood, isToken: false });
  const nobody = Buffer.from(Array.from({ length: 36 }, () => random.whole(0, 255))).toString('base64url');
  const known = random.shuffled(paths).slice(0, 5);
  return [
    bad(`/callbacks/gsma/${nobody}`),
    bad('/callbacks/gsma/x'),
    ...known.flatMap((path) => [
      bad(tampered(path, random)),
      bad(path.replace('/gsma/', '/mojaloop/')),
      { path, body: falsehood, isToken: true },
      { path, body: 'not even JSON', isToken: true },
    ]),
  ];
}

/** What was answered otherwise than it must be, in words; a hub that is down has been answered nothing. */
export async function sendForgeries(baseUrl: string, forgeries: readonly Forgery[]): Promise<string[]> {
  const wrong = await Promise.all(
    forgeries.map(async ({ path, body, isToken }) => {
      const signal = AbortSignal.timeout(10_000);
      const response = await fetch(baseUrl + path, { method: 'PUT', body, signal }).catch(() => undefined);
      const isRight = !response || response.status >= 500 || response.status === (isToken ? 204 : 404);
      return isRight ? [] : [`a forged callback was answered ${response.status}`];
    }),
  );
  return wrong.flat();
}

/** Another token, one character away. */
function tampered(path: string, random: Random): string {
  const at = path.length - random.whole(3, 40);
  return path.slice(0, at) + (path[at] === 'A' ? 'B' : 'A') + path.slice(at + 1);
}
