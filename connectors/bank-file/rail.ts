/** The bank-file rail: a sub-batch becomes an ISO 20022 file for a bank, whose reports say what came of each payment. */
import { addMoney, formatMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { masked } from '../../platform/log.ts';
import type { PutNew } from '../../platform/object-store.ts';
import type { Answer, Call, Rail, RailDefinition, RailTools } from '../rail.ts';
import { calendarOf, executionDateOf } from './calendar.ts';
import { latinOf } from './characters.ts';
import { accountCure, checkRow, isAccount } from './check-row.ts';
import { openDrop } from './client.ts';
import { guardDrop } from './guarded-drop.ts';
import { createInbox } from './inbox.ts';
import { verdictOf } from './judge.ts';
import { accountOf, type CharacterSet, isBic, isoIdOf, transactionOf } from './mapping.ts';
import { fileNameOf, generationOf, messageIdsOf } from './message-ids.ts';
import { pain001Of, type Transaction } from './pain001.ts';
import { createReturnsReader } from './returns.ts';
import { localConfig, simulateBankFile } from './simulator.ts';

const limits = { concurrency: 4, ratePerSecond: 20, maxBatch: 5_000, timeoutMs: 60_000 };

/** The bank's clock may differ from ours by this much. */
const clockSkewMs = 3_600_000;
const rememberMs = 300_000;
/** xs:decimal of the schema. */
const sumDigitsMax = 18;

export const bankFile: RailDefinition = {
  id: 'bank-file',
  paymentModes: ['bank-file'],
  type: 'BULK',
  limits,
  columns: [
    { name: 'payee_name', description: "the payee's name as the bank is to see it, 70 letters at most" },
    { name: 'payee_bic', description: "BIC of the payee's bank" },
  ],
  neverReceivedAfterMs: 300_000,
  formats: [],
  configKeys: {
    url: 'where the bank takes files: https://s3.example, or sftp://user@sftp.example/folder',
    debtor_name: 'the name of the accounts’ holder, 70 letters at most',
    bic: 'the BIC of the bank that holds the accounts',
  },
  checkRow,
  open: openBankFile,
  simulate: simulateBankFile,
  localConfig,
};

function openBankFile({ config, now, log }: RailTools): Rail {
  const { debtorName, bic, characterSet, timeoutMs } = settingsOf(config);
  const calendar = calendarOf(config);
  const drop = guardDrop(openDrop(config), { log });
  const readReturns = createReturnsReader(drop, (doubt) => log.warn('report of the bank was not believed', { doubt }));
  const inbox = createInbox(drop, { rememberMs: Number(config.reread_ms ?? rememberMs), now });

  async function sendBatch(payments: readonly Payment[], messageId: string, call: Call): Promise<readonly Answer[]> {
    const [first] = payments;
    if (!first) return [];
    assertOneMessage(payments, first);
    const written = payments.map((payment) => transactionOf(payment, characterSet));
    const carried = written.filter(isTransaction);
    const toAll = (answer: Answer) => written.map((each) => (isTransaction(each) ? answer : each));
    if (carried.length === 0) return toAll({ kind: 'unknown', text: '' });
    const sum = formatMoney(
      payments
        .filter((_, i) => isTransaction(written[i]!))
        .map(({ amount }) => amount)
        .reduce(addMoney),
    );
    if (sum.replace('.', '').length > sumDigitsMax) {
      const text = `their sum has more than the ${sumDigitsMax} digits that a file can carry: send fewer at once`;
      return toAll({ kind: 'rejected', code: 400, railCode: 'CtrlSum', text });
    }
    const isLate = () => call.notAfter !== undefined && now() >= call.notAfter;
    const signal = withinTime(call.signal);
    const free = await freeIdOf(messageId, payments, signal);
    if (free.kind !== 'free') return toAll(free);
    const at = now();
    const executionDate = executionDateOf(at, calendar);
    const debtorAccount = accountOf(first.payer);
    const instruction = {
      id: free.id,
      at,
      count: carried.length,
      sum,
      debtorName,
      debtorAccount,
      debtorBic: bic,
      executionDate,
    };
    const { currency } = first.amount;
    const summary = `pain.001 ${free.id} of ${carried.length} payments, ${sum} ${currency}, from ${masked(first.payer.id)}, to be paid on ${executionDate}`;
    call.tell({ direction: 'request', at, summary });
    const put = await drop.put(fileNameOf(free.id), () => pain001Of(instruction, carried), { signal, isLate });
    const answer = putAnswer(put, free.id);
    call.tell({ direction: 'answer', at: now(), summary: toldOf(put), ...(put.kind === 'notSent' && httpOf(put)) });
    return toAll(answer);
  }

  /**
   * The MsgId to send under: the message's own, or its next one where the bank has refused every payment of the file before
   * for lack of funds. A file that is there otherwise is not sent again.
   */
  async function freeIdOf(
    messageId: string,
    payments: readonly Payment[],
    signal: AbortSignal,
  ): Promise<{ kind: 'free'; id: string } | Extract<Answer, { kind: 'accepted' | 'notSent' }>> {
    try {
      for (const id of messageIdsOf(messageId)) {
        const isThere = await drop.isThere(fileNameOf(id), signal);
        if (!isThere && drop.keepsTaken) return { kind: 'free', id };
        const { reports } = await inbox.about(wantedOf(payments, messageId), new Date(0), signal);
        const spoken = reports.some((report) => report.kind === 'status' && report.messageId === id);
        if (!isThere && !spoken) return { kind: 'free', id };
        const isRefused = payments.every((payment) => {
          const verdict = verdictOf(isoIdOf(payment.endToEndId), reports, generationOf);
          return verdict?.generation === generationOf(id) && verdict.answer.kind === 'payerBlocked';
        });
        if (!isRefused) return { kind: 'accepted', text: 'the file was left for the bank before' };
      }
      return { kind: 'notSent', text: 'the bank has refused every file of the message for lack of funds' };
    } catch (error) {
      return { kind: 'notSent', text: `the drop cannot be looked at: ${wordsOf(error)}` };
    }
  }

  async function ask(
    payments: readonly Payment[],
    at: Date,
    messageId: string | undefined,
    call: Call,
  ): Promise<readonly Answer[]> {
    if (payments.length === 0) return [];
    const signal = withinTime(call.signal);
    call.tell({ direction: 'query', at: now(), summary: `reports about ${payments.length} payments` });
    const told = (answers: readonly Answer[], doubts: readonly string[]) => {
      const body = doubts.length > 0 ? { body: { notBelieved: doubts.length, first: doubts.slice(0, 5) } } : {};
      call.tell({ direction: 'query-answer', at: now(), summary: countsOf(answers), ...body });
      return answers;
    };
    try {
      const since = new Date(at.getTime() - clockSkewMs);
      const { reports, doubts } = await inbox.about(wantedOf(payments, messageId), since, signal);
      for (const doubt of doubts) log.warn('report of the bank was not believed', { doubt });
      const isThere = remembering((id: string) => drop.isThere(fileNameOf(id), signal));
      const answers: Answer[] = [];
      for (const payment of payments) {
        const verdict = verdictOf(isoIdOf(payment.endToEndId), reports, generationOf);
        answers.push(
          await standingOf(verdict, messageId, { isThere, isKnown: reports.some(({ kind }) => kind === 'status') }),
        );
      }
      return told(answers, doubts);
    } catch (error) {
      const text = `the bank's reports cannot be read: ${wordsOf(error)}`;
      return told(
        payments.map(() => ({ kind: 'unknown', text })),
        [],
      );
    }
  }

  /** Beside what the bank has said: whether a file waits for it, or none was ever left. */
  async function standingOf(
    verdict: ReturnType<typeof verdictOf>,
    messageId: string | undefined,
    { isThere, isKnown }: { isThere: (id: string) => Promise<boolean>; isKnown: boolean },
  ): Promise<Answer> {
    const isSilent = verdict === undefined;
    if (messageId === undefined) return verdict?.answer ?? { kind: 'unknown', text: 'the bank has not reported it' };
    if (!isSilent && verdict.answer.kind !== 'payerBlocked') return verdict.answer;
    const next = messageIdsOf(messageId)[verdict?.generation ?? 0];
    if (next !== undefined && (await isThere(next)))
      return { kind: 'accepted', text: 'the bank has not reported it yet' };
    if (!isSilent) return verdict.answer;
    if (isKnown) return { kind: 'unknown', text: 'the bank reports the message and not this payment' };
    if (drop.keepsTaken) return { kind: 'neverReceived', text: 'no file of the message was left for the bank' };
    return { kind: 'unknown', text: 'the file is not there, and the bank has not reported it' };
  }

  function withinTime(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  }

  return {
    /** Banks tell nobody who holds an account: one that could be there is taken for one, without a name. */
    async lookup(party) {
      if (isAccount(party)) return { kind: 'found' };
      return { kind: 'notFound', railCode: 'account', text: accountCure };
    },
    sendBatch,
    async query(payment, { at, messageId }, call) {
      const [answer] = await ask([payment], at, messageId, call);
      return answer!;
    },
    circuit: drop.circuit,
    returns: (since, call) => readReturns(since, call.signal),
    queryBatch: (payments, { at, messageId }, call) => ask(payments, at, messageId, call),
    async health(signal) {
      try {
        await drop.check(withinTime(signal));
        return { ok: true, text: 'the drop answers' };
      } catch (error) {
        return { ok: false, text: `the drop does not answer: ${wordsOf(error)}` };
      }
    },
    async close() {
      drop.close();
    },
  };
}

type Settings = { debtorName: string; bic: string; characterSet: CharacterSet; timeoutMs: number };

/** Throws RangeError that names the setting and its cure. */
function settingsOf(config: Readonly<Record<string, string>>): Settings {
  const characterSet = config.character_set ?? 'latin';
  if (characterSet !== 'latin' && characterSet !== 'utf-8')
    throw new RangeError('character_set is neither latin nor utf-8');
  const debtorName = characterSet === 'latin' ? latinOf(config.debtor_name!) : config.debtor_name!;
  if (!debtorName || [...debtorName].length > 70) {
    throw new RangeError(
      "debtor_name is empty, longer than 70 characters, or has letters outside of the bank's character set",
    );
  }
  const bic = config.bic!.toUpperCase();
  if (!isBic(bic)) throw new RangeError('bic is no BIC of 8 or 11 characters');
  return { debtorName, bic, characterSet, timeoutMs: Number(config.timeout_ms ?? limits.timeoutMs) };
}

function assertOneMessage(payments: readonly Payment[], { payer, amount }: Payment): void {
  if (payments.length > limits.maxBatch) {
    throw new RangeError(`a message of bank-file holds at most ${limits.maxBatch} payments`);
  }
  if (payments.some((payment) => payment.payer.id !== payer.id || payment.amount.currency !== amount.currency)) {
    throw new RangeError('a message of bank-file is of one payer and one currency');
  }
}

function isTransaction(written: Transaction | Answer): written is Transaction {
  return 'endToEndId' in written;
}

function wantedOf(payments: readonly Payment[], messageId: string | undefined) {
  const own = messageId === undefined ? undefined : new Set(messageIdsOf(messageId));
  return {
    payments: new Map(payments.map((payment) => [isoIdOf(payment.endToEndId), payment])),
    isOurs: (id: string) => own?.has(id) ?? true,
  };
}

function putAnswer(put: PutNew, id: string): Answer {
  if (put.kind === 'notSent') return { kind: 'notSent', text: put.text };
  if (put.kind === 'lost') return { kind: 'unknown', text: put.text };
  return { kind: 'accepted', reference: id };
}

function toldOf(put: PutNew): string {
  return 'text' in put ? `${put.kind}: ${put.text}` : `the file is ${put.kind}`;
}

function httpOf({ status }: { readonly status?: number }): { httpStatus?: number } {
  return status === undefined ? {} : { httpStatus: status };
}

function countsOf(answers: readonly Answer[]): string {
  const counts: Record<string, number> = {};
  for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
  return JSON.stringify(counts);
}

function wordsOf(error: unknown): string {
  const { name, message } = error as Error;
  return `${name}: ${message}`.slice(0, 200);
}

function remembering<T>(look: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const seen = new Map<string, Promise<T>>();
  return (id) => {
    const known = seen.get(id) ?? look(id);
    seen.set(id, known);
    return known;
  };
}
