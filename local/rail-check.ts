/** `make rail-check RAIL=gsma`: tries one rail instance with a look-up and a payment of one unit, and prints what it saw. */
import { createInterface } from 'node:readline/promises';
import { configuredFrom } from '../connectors/configured.ts';
import { instancesIn } from '../connectors/rails.ts';
import { isCurrency } from '../domain/currency.ts';
import { parseMoney } from '../domain/money.ts';
import { identifierTypeOf } from '../domain/row-check.ts';
import { ConfigError } from '../platform/config.ts';
import { silentLog } from '../platform/log.ts';
import { checkRail } from './check-rail.ts';
import { createStack } from './stack.ts';

const own = process.env;
const env = { ...createStack({ say: () => undefined }).env(), ...own };

/** What simulators on this machine know; elsewhere the caller names both. */
const samples = { PAYER: '003001003874120160', PAYEE: '92754902740001' };

async function main(): Promise<boolean> {
  const instances = instancesIn(env);
  const instance = instances.find(({ id }) => id === own.RAIL);
  if (!instance) throw new ConfigError(`RAIL names none of ${instances.map(({ id }) => id).join(', ')}`);
  const [configured] = configuredFrom(env, [instance]);
  const { url = '' } = configured!.config;
  const isHere = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(url);
  const party = (side: 'PAYER' | 'PAYEE') => {
    const id = own[side] ?? (isHere ? samples[side] : undefined);
    const type = identifierTypeOf(own[`${side}_TYPE`] ?? 'accountNumber');
    if (!id) throw new ConfigError(`${side} is not set: ${url} is not this machine, so name who pays whom`);
    if (!type) throw new ConfigError(`${side}_TYPE is no identifier type such as accountNumber or msisdn`);
    return { type, id };
  };
  const currency = own.CURRENCY ?? instance.currencies?.[0] ?? 'USD';
  if (!isCurrency(currency)) throw new ConfigError('CURRENCY is no ISO 4217 code such as USD');
  return checkRail(configured!, {
    payer: party('PAYER'),
    payee: party('PAYEE'),
    amount: parseMoney(own.AMOUNT ?? '1', currency),
    extra: own.PAYEE_NAME ? { payee_name: own.PAYEE_NAME } : {},
    callbackBaseUrl: env.CALLBACK_BASE_URL ?? 'http://127.0.0.1:8092',
    secret: env.HUB_SECRET ?? 'rail-check',
    log: silentLog,
    mayPay: () => (isHere || own.YES === '1' ? Promise.resolve(true) : confirmed(url)),
    say: (line) => console.log(line),
  });
}

async function confirmed(url: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.log(`${url} is not this machine, and this would move money: say YES=1 to pay`);
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  const said = await asking.question(`${url} is not this machine, and this moves money. Pay? Type yes: `);
  asking.close();
  return said.trim().toLowerCase() === 'yes';
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
