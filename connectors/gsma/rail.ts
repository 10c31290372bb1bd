/** The GSMA rail: Mobile Money API 1.2, payment by payment, or as instances of type BULK in batches. */
import { gsmaIdentifierTypeOf } from '../../domain/gsma-format.ts';
import type { RailDefinition } from '../rail.ts';
import { openGsmaBatches } from './batches.ts';
import { localConfig, simulateGsma } from './simulator.ts';
import { nameColumn, openGsma, timeoutMs } from './single.ts';

/** The API gives a request no expiry of its own; a repeat would carry the same correlation id and be refused as a duplicate. */
const neverReceivedAfterMs = 60_000;
const knownTypes = 'accountNumber, msisdn, wallet_id, iban, email or alias';

export const gsma: RailDefinition = {
  id: 'gsma',
  paymentModes: ['gsma'],
  type: 'PAYMENT',
  bulk: { maxBatch: 5_000, open: openGsmaBatches },
  limits: { concurrency: 32, ratePerSecond: 200, maxBatch: 1, timeoutMs },
  columns: [
    {
      name: nameColumn,
      description: 'the name that the account of the payee should be in, compared where name_match is set',
    },
  ],
  neverReceivedAfterMs,
  formats: ['GSMA'],
  configKeys: { url: 'the Mobile Money API of the provider, such as https://host/v1.2/mm' },
  checkRow: ({ payer, payee }) => {
    if (!gsmaIdentifierTypeOf(payer.type)) return { column: 'payer_identifier_type', message: `write ${knownTypes}` };
    if (!gsmaIdentifierTypeOf(payee.type)) return { column: 'payee_identifier_type', message: `write ${knownTypes}` };
    return undefined;
  },
  open: openGsma,
  simulate: simulateGsma,
  localConfig,
};
