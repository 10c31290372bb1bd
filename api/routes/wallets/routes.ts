/** Every path of the closed loop and who answers it. */
import { createLedger } from '../../../store/ledger/ledger.ts';
import { createWallets } from '../../../store/wallets.ts';
import { may } from '../../access.ts';
import type { Methods } from '../../app.ts';
import type { ApiDeps } from '../../deps.ts';
import { getLedgerCheck } from './ledger-check.ts';
import { getStatement, getVerification, postFunding } from './money.ts';
import { getWallet, listWallets, postWallet, putWalletStatus } from './wallets.ts';

export function walletRoutes(deps: ApiDeps): readonly (readonly [string, Methods])[] {
  const ledger = createLedger(deps.mongo, deps.c, deps.now);
  const wallets = createWallets(deps.mongo, deps.c, ledger, deps.now);
  return [
    [
      '/api/v1/wallets',
      { get: may('wallets.read', listWallets(deps, wallets)), post: may('wallets.write', postWallet(deps, wallets)) },
    ],
    ['/api/v1/ledger/verification', { get: may('wallets.read', getLedgerCheck(deps)) }],
    ['/api/v1/wallets/:id', { get: may('wallets.read', getWallet(deps, wallets)) }],
    ['/api/v1/wallets/:id/status', { put: may('wallets.write', putWalletStatus(deps, wallets)) }],
    ['/api/v1/wallets/:id/statement', { get: may('wallets.read', getStatement(deps, wallets)) }],
    ['/api/v1/wallets/:id/verification', { get: may('wallets.read', getVerification(deps, wallets)) }],
    ['/api/v1/wallets/:id/fundings', { post: may('wallets.write', postFunding(deps, wallets)) }],
  ];
}
