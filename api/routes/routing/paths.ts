/** Every path of payment routing and who answers it. */

import { createAcceptRoute } from '../../../store/accept-route.ts';
import { createAccounts } from '../../../store/accounts.ts';
import { createCommandRoute } from '../../../store/command-route.ts';
import { createLedger } from '../../../store/ledger/ledger.ts';
import { createWallets } from '../../../store/wallets.ts';
import { may } from '../../access.ts';
import type { Methods } from '../../app.ts';
import type { ApiDeps } from '../../deps.ts';
import { deleteAccount, getAccount, getPayoutAccounts, putAccount, putPayoutAccounts } from './accounts.ts';
import { postRouteRetry, postRouteReversal } from './commands.ts';
import { listAccounts, postAccounts } from './many-accounts.ts';
import { getRoute, listRoutes, postRoute } from './routes.ts';
import { getWithdrawal, listWithdrawals, postWithdrawal } from './withdrawals.ts';

export function routingPaths(deps: ApiDeps): readonly (readonly [string, Methods])[] {
  const ledger = createLedger(deps.mongo, deps.c, deps.now);
  const wallets = createWallets(deps.mongo, deps.c, ledger, deps.now);
  const accept = createAcceptRoute(deps.mongo, deps.c, deps.now);
  const commands = createCommandRoute(deps.mongo, deps.c);
  const accounts = createAccounts(deps.mongo, deps.c);
  return [
    [
      '/api/v1/routes',
      { get: may('routes.read', listRoutes(deps)), post: may('routes.submit', postRoute(deps, wallets, accept)) },
    ],
    ['/api/v1/routes/:id', { get: may('routes.read', getRoute(deps)) }],
    ['/api/v1/routes/:id/retry', { post: may('routes.command', postRouteRetry(deps, commands)) }],
    ['/api/v1/routes/:id/reversal', { post: may('routes.command', postRouteReversal(deps, commands)) }],
    [
      '/api/v1/accounts',
      {
        get: may('accounts.read', listAccounts(deps, accounts)),
        post: may('accounts.write', postAccounts(deps, accounts)),
      },
    ],
    [
      '/api/v1/accounts/:id',
      {
        get: may('accounts.read', getAccount(deps, accounts)),
        put: may('accounts.write', putAccount(deps, accounts)),
        delete: may('accounts.write', deleteAccount(deps, accounts)),
      },
    ],
    [
      '/api/v1/tenants/:id/payout-accounts',
      { get: may('settings.read', getPayoutAccounts(deps)), put: may('settings.write', putPayoutAccounts(deps)) },
    ],
    [
      '/api/v1/wallets/:id/withdrawals',
      {
        get: may('wallets.read', listWithdrawals(deps, wallets)),
        post: may('wallets.withdraw', postWithdrawal(deps, wallets, accept)),
      },
    ],
    ['/api/v1/wallets/:id/withdrawals/:withdrawal', { get: may('wallets.read', getWithdrawal(deps, wallets)) }],
  ];
}
