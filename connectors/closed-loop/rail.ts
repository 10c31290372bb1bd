/** The closed-loop rail: payments between wallets, over the hub's own ledger or over Apache Fineract, as its config says. */
import type { Party } from '../../domain/payment.ts';
import type { Rail, RailDefinition, RailTools } from '../rail.ts';
import { createFineractClient, headersOf } from './client.ts';
import { openEmbedded } from './embedded.ts';
import { openFineract } from './fineract.ts';
import { type AccountTerms, createFineractAccounts } from './fineract-accounts.ts';
import { simulateFineract } from './simulator.ts';

export const closedLoop: RailDefinition = {
  id: 'closed-loop',
  paymentModes: ['closed-loop', 'closedloop', 'wallet'],
  type: 'BULK',
  limits: { concurrency: 8, ratePerSecond: 100, maxBatch: 1_000, timeoutMs: 30_000 },
  columns: [],
  // Asking fences: what the ledger does not have then, it will never have.
  neverReceivedAfterMs: 1_000,
  formats: [],
  configKeys: {},
  checkRow({ payer, payee }) {
    if (!isWallet(payer)) return { column: 'payer_identifier_type', message: payerCure };
    if (!isWallet(payee) && payee.type !== 'accountId') return { column: 'payee_identifier_type', message: payeeCure };
    return undefined;
  },
  paysInside: (settings) => ledgerOf(settings) === 'embedded',
  open: openClosedLoop,
  simulate: simulateFineract,
};

const payerCure = 'the closed loop pays from a wallet: write type walletId';
const payeeCure = 'the closed loop pays to a wallet: write type walletId, or accountId for a beneficiary account';

function isWallet({ type }: Party): boolean {
  return type === 'walletId';
}

function ledgerOf({ ledger = 'embedded' }: Readonly<Record<string, string>>): string {
  return ledger;
}

function openClosedLoop(tools: RailTools): Rail {
  const { walletPayments, now, config } = tools;
  const ledger = ledgerOf(config);
  if (ledger === 'fineract') return overFineract(tools);
  if (ledger !== 'embedded') throw new RangeError('RAIL_CLOSED_LOOP_LEDGER is neither embedded nor fineract');
  if (!walletPayments) throw new TypeError('the closed loop needs the wallet ledger');
  return openEmbedded(walletPayments, now);
}

const fineractKeys = ['url', 'username', 'password', 'fineract_tenant'] as const;

function overFineract({ http, config, now }: RailTools): Rail {
  const missing = fineractKeys.filter((key) => !config[key]);
  if (missing.length > 0) {
    const names = missing.map((key) => `RAIL_CLOSED_LOOP_${key.toUpperCase()}`);
    throw new RangeError(`the closed loop over Fineract needs ${names.join(', ')}`);
  }
  const { username, password, fineract_tenant: tenant } = config as Record<(typeof fineractKeys)[number], string>;
  const terms = accountTerms(config);
  return openFineract({
    client: createFineractClient({ http, username, password, tenant }),
    accounts: terms && createFineractAccounts({ http, headers: headersOf({ username, password, tenant }), terms, now }),
    atOnce: closedLoop.limits.concurrency,
    neverReceivedAfterMs: Number(config.never_received_ms ?? fineractNeverReceivedMs),
    now,
    close: () => http.close(),
  });
}

/** `1` and `USD:3,SLE:4`; undefined where neither is set. */
function accountTerms(config: Readonly<Record<string, string>>): AccountTerms | undefined {
  const { office_id: office, savings_products: products } = config;
  if (!office && !products) return undefined;
  const pairs = (products ?? '').split(',').map((pair) => /^([A-Z]{3}):(\d{1,9})$/.exec(pair.trim()));
  if (!/^\d{1,9}$/.test(office ?? '') || pairs.some((pair) => !pair)) {
    throw new RangeError(
      'to make accounts the closed loop needs RAIL_CLOSED_LOOP_OFFICE_ID, a number, and RAIL_CLOSED_LOOP_SAVINGS_PRODUCTS, such as USD:3,SLE:4',
    );
  }
  return { officeId: Number(office), products: new Map(pairs.map((pair) => [pair![1]!, Number(pair![2])])) };
}

/** How long Fineract may take to carry out what it got. */
const fineractNeverReceivedMs = 60_000;
