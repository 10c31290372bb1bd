/** Why rows failed, the most frequent reason first, each leading to its rows. */
import { Link } from 'react-router';
import type { Failure } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { TotalAmounts } from '../parts/figures.tsx';
import { Loaded, Section } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

export function Failures({ batchId, version }: { readonly batchId: string; readonly version: string }) {
  // The version is not asked for: it only says when the answer is old.
  const failures = useData<{ readonly failures: readonly Failure[] }>(`/api/v1/batches/${batchId}/failures`, {
    on: ({ data }) => data.batch_id === batchId,
    every: version === '' ? undefined : 10_000,
  });
  return (
    <Section title="Failures by reason">
      <Loaded data={failures}>
        {(value) => (
          <DataTable
            label="Failures by reason"
            rows={value.failures}
            keyOf={(each) => `${each.code} ${each.rail} ${each.rail_code} ${each.stage}`}
            columns={[
              {
                name: 'Reason',
                cell: ({ code, title }) => (
                  <Link to={`?state=failed&code=${code}#rows`} replace>
                    {code} {title}
                  </Link>
                ),
              },
              { name: 'Rail', cell: ({ rail, stage }) => rail ?? <span className="faint">{stage}</span> },
              {
                name: 'In the rail’s words',
                cell: ({ rail_code, text }) => (
                  <span className="cut" title={text ?? undefined}>
                    {rail_code && <code>{rail_code}</code>} {text}
                  </span>
                ),
              },
              { name: 'Rows', isNumber: true, cell: ({ rows }) => count(rows) },
              { name: 'Amount', isNumber: true, cell: ({ totals }) => <TotalAmounts totals={totals} /> },
              { name: 'Can be retried', cell: ({ retryable }) => (retryable ? 'yes' : 'no: mend the file') },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
