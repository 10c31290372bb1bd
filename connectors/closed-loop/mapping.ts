/** What the wallet ledger says, in the rail port's words. */
import type { Refusal } from '../../store/ledger/post.ts';
import type { WalletAnswer } from '../../store/pay-from-wallet.ts';
import type { Answer } from '../rail.ts';

type Why = Refusal | 'same';

const ofPayee: Readonly<Record<Why, string>> = {
  missing: 'the payee has no wallet here',
  frozen: 'the payee’s wallet is frozen',
  closed: 'the payee’s wallet is closed',
  currency: 'the payee’s wallet is of another currency',
  funds: 'the payee’s wallet cannot take it',
  same: 'payer and payee are the same wallet',
};

const ofPayer: Readonly<Record<Why, string>> = {
  missing: 'the payer is no wallet that this batch may pay from',
  frozen: 'the payer’s wallet is frozen',
  closed: 'the payer’s wallet is closed',
  currency: 'the payer’s wallet is of another currency',
  funds: 'the payer’s wallet has less than the payments need',
  same: 'payer and payee are the same wallet',
};

export function answerOf(said: WalletAnswer): Answer {
  switch (said.kind) {
    case 'paid':
      return { kind: 'completed', reference: said.entry };
    case 'refused': {
      const text = (said.whose === 'payee' ? ofPayee : ofPayer)[said.why];
      const code = said.whose === 'payee' && said.why === 'missing' ? 404 : 422;
      return { kind: 'rejected', code, railCode: `${said.whose}-${said.why}`, text };
    }
    case 'blocked':
      return { kind: 'payerBlocked', railCode: `payer-${said.why}`, text: ofPayer[said.why] };
    case 'tooLate':
      return { kind: 'notSent', text: 'the message was given up before it was held' };
    case 'unclear':
      return { kind: 'unknown', text: 'the hold was ended before this payment' };
  }
}
