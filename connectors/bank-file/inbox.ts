/** The bank's reports about some payments: reads what is new, and remembers which files are about others. */
import type { Drop, ReportFile } from './client.ts';
import { type Report, readReport, type Wanted } from './reports.ts';

export type Inbox = {
  /** Reports since then that may be about the payments, oldest first, and why files were not believed. Throws when one cannot be fetched. */
  about(
    wanted: Wanted,
    since: Date,
    signal: AbortSignal,
  ): Promise<{ reports: readonly Report[]; doubts: readonly string[] }>;
};

/** What a file is about: one message, some payments, or nothing that can be read. */
type Gist = { readonly until: number; readonly messageId?: string; readonly ids?: ReadonlySet<string> };

/** Ids of payments that are kept in memory, over all files: some 50 MB. */
const idsMax = 500_000;
/** No honest report is larger: a million payments are a third of it. */
export const reportMaxBytes = 1024 ** 3;

/** `rememberMs`: how long a file is believed to be about others before it is looked at again. */
export function createInbox(drop: Drop, { rememberMs, now }: { rememberMs: number; now: () => Date }): Inbox {
  const gists = new Map<string, Gist>();
  let ids = 0;

  function remember(key: string, gist: Omit<Gist, 'until'>): void {
    forget(key);
    gists.set(key, { ...gist, until: now().getTime() + rememberMs });
    ids += weightOf(gist);
    for (const oldest of gists.keys()) {
      if (ids <= idsMax) break;
      forget(oldest);
    }
  }

  function forget(key: string): void {
    const gist = gists.get(key);
    if (gist && gists.delete(key)) ids -= weightOf(gist);
  }

  /** Known to be about others, or broken. */
  function isForOthers(key: string, { payments, isOurs }: Wanted): boolean {
    const gist = gists.get(key);
    if (!gist || gist.until <= now().getTime()) return false;
    if (gist.messageId !== undefined) return !isOurs(gist.messageId);
    if (!gist.ids) return true;
    for (const id of payments.keys()) if (gist.ids.has(id)) return false;
    return true;
  }

  async function read(file: ReportFile, wanted: Wanted, signal: AbortSignal): Promise<Report> {
    if (file.sizeBytes > reportMaxBytes) throw new SyntaxError(`it is larger than ${reportMaxBytes} bytes`);
    const source = await drop.read(file, signal);
    try {
      return await readReport(source, wanted);
    } finally {
      source.destroy();
    }
  }

  return {
    async about(wanted, since, signal) {
      const reports: Report[] = [];
      const doubts: string[] = [];
      for (const file of await drop.reports(since, signal)) {
        const key = `${file.name} ${file.tag} ${file.sizeBytes}`;
        if (isForOthers(key, wanted)) continue;
        try {
          const report = await read(file, wanted, signal);
          remember(key, report.kind === 'entries' ? { ids: report.ids } : { messageId: report.messageId });
          reports.push(report);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          remember(key, {});
          doubts.push(`${file.name}: ${error.message}`.slice(0, 300));
        }
      }
      return { reports, doubts };
    },
  };
}

function weightOf({ ids }: Omit<Gist, 'until'>): number {
  return 1 + (ids?.size ?? 0);
}
