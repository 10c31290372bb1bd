/** Opens the rail of an instance: its client with its limits, where it calls back, its circuit and its hours. */
import { callbackToken } from '../domain/ids.ts';
import type { CircuitState } from '../platform/circuit.ts';
import { createRailHttp, type RailHttp } from '../platform/http.ts';
import type { Log } from '../platform/log.ts';
import type { WalletPayments } from '../store/pay-from-wallet.ts';
import type { Configured } from './configured.ts';
import { closedForMs } from './hours.ts';
import type { RailMetrics } from './metrics.ts';
import { createOutage, type Outage } from './outage.ts';
import type { Rail } from './rail.ts';

export type OpenInstance = {
  readonly rail: Rail;
  readonly http: RailHttp;
  readonly circuit: () => CircuitState;
  readonly outage: Outage;
  /** How long until it may be sent something; 0 while it is open. */
  hours(): number;
};

export type OpenOptions = {
  readonly callbackBaseUrl: string;
  readonly secret: string;
  readonly told?: Pick<RailMetrics, 'onCall' | 'onTurn'>;
  /** For rails that pay inside the hub. */
  readonly walletPayments?: WalletPayments;
  readonly now: () => Date;
  readonly log: Log;
};

export function openInstance({ instance, config }: Configured, options: OpenOptions): OpenInstance {
  const { callbackBaseUrl, secret, told, walletPayments, now, log } = options;
  const { id, limits, windows } = instance;
  // A rail with connections of its own, such as SFTP, asks nothing over HTTP; that name leads nowhere. RFC 2606.
  const { url = '' } = config;
  const baseUrl = /^https?:/.test(url) ? url : 'http://own-connections.invalid';
  const http = createRailHttp({ baseUrl, name: id, limits, log, onCall: told?.onCall, onTurn: told?.onTurn });
  const rail = instance.open({
    http,
    config,
    callbackUrlOf: ({ batchId, row }) => `${callbackBaseUrl}/callbacks/${id}/${callbackToken(secret, batchId, row)}`,
    now,
    log: log.child({ rail: id }),
    walletPayments,
  });
  const circuit = rail.circuit ?? http.circuit;
  return { rail, http, circuit, outage: createOutage(circuit), hours: () => closedForMs(windows, now()) };
}
