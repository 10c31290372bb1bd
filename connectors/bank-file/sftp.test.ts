/** The rail over a real OpenSSH server, with the test as the bank on its other side. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { type Sshd, sshdPath, startSshd } from '../../test/sshd.ts';
import type { Exchange, Rail } from '../rail.ts';
import { aPayment } from './a-payment.ts';
import { fileNameOf, messageIdsOf } from './message-ids.ts';
import { bankFile } from './rail.ts';
import { readPain001 } from './simulator-bank.ts';
import { pain002Of } from './simulator-reports.ts';

describe.skipIf(!sshdPath)('bank-file over SFTP (needs OpenSSH’s sshd: Debian package openssh-server)', () => {
  let sshd: Sshd;
  let dir = '';
  const drop = (...path: string[]) => join(dir, 'drop', ...path);
  const rails: Rail[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sftp-'));
    sshd = await startSshd(dir);
    for (const place of ['out', 'in', 'archive']) mkdirSync(drop(place));
  });
  afterAll(async () => {
    for (const rail of rails) await rail.close();
    await sshd.stop();
    rmSync(dir, { recursive: true });
  });

  function aRail(settings: Readonly<Record<string, string>> = {}): Rail {
    const { url, privateKey, hostKey } = sshd;
    const { debtor_name = '', bic = '', archive = '' } = bankFile.localConfig!();
    const config = { debtor_name, bic, archive, url, private_key: privateKey, host_key: hostKey, ...settings };
    const http = createRailHttp({ baseUrl: 'http://none.invalid', name: 'x', limits: bankFile.limits, log: silentLog });
    const rail = bankFile.open({ http, config, callbackUrlOf: String, now: () => new Date(), log: silentLog });
    rails.push(rail);
    return rail;
  }

  const aCall = () => ({ signal: new AbortController().signal, tell: (_: Exchange) => {} });
  const kindsOf = (answers: readonly { kind: string }[]) => [...new Set(answers.map(({ kind }) => kind))];

  test('a message becomes one file, whoever sends it how often, and its report is found and believed', async () => {
    const rail = aRail();
    const payments = Array.from({ length: 500 }, (_, i) => aPayment(i + 1));
    const sends = await Promise.all([rail, rail, aRail()].map((each) => each.sendBatch!(payments, 'm1', aCall())));
    expect(sends.map(kindsOf)).toEqual([['accepted'], ['accepted'], ['accepted']]);
    const name = fileNameOf(messageIdsOf('m1')[0]!);
    expect(readdirSync(drop('out')), 'no draft is left').toEqual([name]);
    const file = await readPain001(readFileSync(drop('out', name), 'utf8'));
    expect(file.payments).toHaveLength(500);

    const ask = async () => kindsOf(await rail.queryBatch!(payments, { at: new Date(), messageId: 'm1' }, aCall()));
    expect(await ask()).toEqual(['accepted']);
    renameSync(drop('out', name), drop('archive', name));
    expect(kindsOf(await rail.sendBatch!(payments, 'm1', aCall()))).toEqual(['accepted']);
    expect(existsSync(drop('out', name)), 'a file that the bank took is not left again').toBe(false);

    const booked = file.payments.map((payment) => ({
      ...payment,
      ...{ payer: file.payer, executes: true, state: 'completed' as const },
      data: { messageId: file.messageId, at: 0, reference: 'R', status: 'ACSC' as const },
    }));
    writeFileSync(drop('in', '.half.xml'), '<');
    writeFileSync(drop('in', 'report.xml'), pain002Of(file.messageId, new Date(), booked));
    expect(await ask()).toEqual(['completed']);
  });

  test('what was never left is never received, and what is late is not left', async () => {
    const rail = aRail();
    const late = { ...aCall(), notAfter: new Date(Date.now() - 1) };
    expect(await rail.sendBatch!([aPayment(1)], 'm2', late)).toMatchObject([{ kind: 'notSent' }]);
    expect(readdirSync(drop('out'))).toEqual([]);
    const sent = { at: new Date(), messageId: 'm2' };
    expect(await rail.queryBatch!([aPayment(1)], sent, aCall())).toMatchObject([{ kind: 'neverReceived' }]);
    expect(await rail.health(AbortSignal.timeout(5_000))).toMatchObject({ ok: true });
  });

  test('a server with another key is not spoken to', async () => {
    const rail = aRail({ host_key: `SHA256:${Buffer.alloc(32).toString('base64')}` });
    expect(await rail.sendBatch!([aPayment(1)], 'm3', aCall())).toMatchObject([{ kind: 'notSent' }]);
    expect(await rail.health(AbortSignal.timeout(5_000))).toMatchObject({ ok: false });
    expect(readdirSync(drop('out'))).toEqual([]);
  });

  test('a folder that cannot be written or seen decides nothing', async () => {
    const rail = aRail({ out: 'nowhere', in: 'nowhere' });
    expect(await rail.sendBatch!([aPayment(1)], 'm4', aCall())).toMatchObject([{ kind: 'notSent' }]);
    const sent = { at: new Date(), messageId: 'm4' };
    expect(await rail.queryBatch!([aPayment(1)], sent, aCall())).toMatchObject([{ kind: 'unknown' }]);
  });

  test('a connection that breaks is made anew, and what it carried is not taken for left', async () => {
    const { port, pathname } = new URL(sshd.url);
    const relay = await startRelay(Number(port));
    const rail = aRail({ url: `sftp://${userInfo().username}@127.0.0.1:${relay.port}${pathname}` });
    expect(await rail.health(AbortSignal.timeout(5_000))).toMatchObject({ ok: true });
    relay.cut(true);
    const kinds = kindsOf(await rail.sendBatch!([aPayment(1)], 'm5', aCall()));
    expect(kinds).toEqual(['notSent']);
    relay.cut(false);
    expect(kindsOf(await rail.sendBatch!([aPayment(1)], 'm5', aCall()))).toEqual(['accepted']);
    expect(readdirSync(drop('out'))).toEqual([fileNameOf(messageIdsOf('m5')[0]!)]);
    relay.stop();
  });
});

/** A wire to a port that can be cut. */
async function startRelay(target: number) {
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const end of [near, far]) {
      ends.add(end);
      end
        .on('error', () => {})
        .once('close', () => {
          near.destroy();
          far.destroy();
        });
    }
    if (isCut) near.destroy();
    else near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (now: boolean) => {
    isCut = now;
    for (const end of ends) end.destroy();
    ends.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    stop() {
      cut(true);
      server.close();
    },
  };
}
