/**
 * Where a webhook may go: http(s) to addresses of the public network, checked as written, after DNS, and again when the
 * connection is made, so that a name cannot change its mind in between. The only place that imports ipaddr.js.
 */
import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector } from 'undici';

export type CallbackCheck =
  | { readonly kind: 'allowed'; readonly url: URL }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The name has no address now; it may have one when it is called. */
  | { readonly kind: 'unresolved'; readonly reason: string };

/** All addresses of a host name; throws where it has none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export type CallbackPolicy = {
  /** Private and loopback networks are allowed too. */
  readonly allowPrivate: boolean;
  readonly lookup?: Lookup;
};

const urlMaxChars = 2_000;

/** Whether `text` is an address that a webhook may be sent to. Asks DNS unless everything is allowed. */
export async function checkCallbackUrl(text: string, policy: CallbackPolicy): Promise<CallbackCheck> {
  const url = parsed(text);
  if (typeof url === 'string') return { kind: 'refused', reason: url };
  if (policy.allowPrivate) return { kind: 'allowed', url };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  let addresses: readonly string[];
  try {
    addresses = isIP(host) ? [host] : await (policy.lookup ?? systemLookup)(host);
  } catch {
    return { kind: 'unresolved', reason: 'its host name cannot be resolved' };
  }
  if (addresses.every(isPublicAddress)) return { kind: 'allowed', url };
  return { kind: 'refused', reason: 'it leads into a private network: give an address of the public network' };
}

function parsed(text: string): URL | string {
  if (text.length > urlMaxChars) return `it has more than ${urlMaxChars} characters`;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'it is no URL: write an absolute address such as https://example.com/results';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'it is neither http nor https';
  if (url.username || url.password) return 'it holds a user name or password: leave them out';
  return url;
}

/** Whether the whole internet may have this address; anything special is not. RFC 6890. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** Connections to allowed addresses only, whatever DNS says by then. Follows no redirects. Close it when done. */
export function createCallbackAgent(policy: CallbackPolicy & { readonly timeoutMs: number }): Agent {
  const connect = buildConnector({
    timeout: policy.timeoutMs,
    ...(policy.allowPrivate ? {} : { lookup: vetted(policy.lookup ?? systemLookup) }),
  });
  return new Agent({
    headersTimeout: policy.timeoutMs,
    bodyTimeout: policy.timeoutMs,
    keepAliveTimeout: 1_000,
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (!policy.allowPrivate && isIP(host) && !isPublicAddress(host)) callback(refusal(), null);
      else connect(options, callback);
    },
  });
}

/** For net.connect: the name's addresses, or an error where one of them is not public. */
function vetted(lookup: Lookup): LookupFunction {
  return (host: string, options: LookupOptions, callback) => {
    lookup(host).then(
      (addresses) => {
        if (addresses.length === 0 || !addresses.every(isPublicAddress)) callback(refusal(), '', 0);
        else if (options.all) callback(null, addresses.map(withFamily));
        else callback(null, addresses[0]!, isIP(addresses[0]!));
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

function withFamily(address: string): LookupAddress {
  return { address, family: isIP(address) };
}

function refusal(): NodeJS.ErrnoException {
  return Object.assign(new Error('the address leads into a private network'), { code: 'EPRIVATE' });
}

function systemLookup(host: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    dnsLookup(host, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found.map(({ address }) => address));
    });
  });
}
