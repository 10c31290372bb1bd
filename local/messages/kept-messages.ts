/** What the local mail server and SMS gateway took: kept in a file before they answer, so that killing them forgets nothing. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type KeptMessage = {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  /** Message-ID, or the idempotency key. */
  readonly key: string;
  /** As it came: of an e-mail with its headers. */
  readonly text: string;
  readonly at: string;
};

export type KeptMessages = {
  /** All that went to that address or number, the oldest first. */
  to(address: string): KeptMessage[];
  withKey(key: string): KeptMessage | undefined;
  keep(message: Omit<KeptMessage, 'at'>): void;
};

export function openKeptMessages(dir: string): KeptMessages {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'messages.ndjson');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const all = lines.map((line) => JSON.parse(line) as KeptMessage);
  return {
    to: (address) => all.filter(({ to }) => to === address),
    withKey: (key) => all.find((message) => message.key === key),
    keep(message) {
      const kept = { ...message, at: new Date().toISOString() };
      appendFileSync(file, `${JSON.stringify(kept)}\n`);
      all.push(kept);
    },
  };
}

/** How often a thing has happened to an address; the first time is 1. */
export function createTimes(): (what: string) => number {
  const times = new Map<string, number>();
  return (what) => {
    times.set(what, (times.get(what) ?? 0) + 1);
    return times.get(what)!;
  };
}
