/** The closed-loop rail: payments between wallets that never leave the hub, over its own ledger. */
import type { Party } from '../../domain/payment.ts';
import type { Rail, RailDefinition, RailTools } from '../rail.ts';
import { openEmbedded } from './embedded.ts';
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
  open: openClosedLoop,
  simulate: simulateFineract,
};

const payerCure = 'the closed loop pays from a wallet: write type walletId';
const payeeCure = 'the closed loop pays to a wallet: write type walletId, or accountId for a beneficiary account';

function isWallet({ type }: Party): boolean {
  return type === 'walletId';
}

function openClosedLoop({ walletPayments, now }: RailTools): Rail {
  if (!walletPayments) throw new TypeError('the closed loop needs the wallet ledger');
  return openEmbedded(walletPayments, now);
}
