/** Batches that wait for a second person, the longest waiting first. */
import { Link } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { ApprovalItem } from '../client/operation-types.ts';
import { useSession } from '../client/session.tsx';
import type { Page } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { Age, Moment, TotalAmounts } from '../parts/figures.tsx';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { DataTable, Pager, useFilters } from '../parts/table.tsx';
import { DecisionButtons, whyNot } from './batch-approval.tsx';

export function Approvals() {
  const filters = useFilters();
  const { me, may } = useSession();
  const page = useData<Page<'approvals', ApprovalItem>>(
    withQuery('/api/v1/approvals', { cursor: filters.get('cursor'), limit: 50 }),
    {
      on: ({ kind }) => kind === 'approval' || kind === 'batch',
      every: 10_000,
    },
  );
  return (
    <>
      <PageHead
        title="Approvals"
        lead="Batches that are checked and wait for the yes or no of somebody who did not send them."
      />
      <Loaded data={page} lines={6}>
        {({ approvals, next_cursor }) =>
          approvals.length === 0 ? (
            <Empty title="Nothing waits for approval">
              Batches wait here when their tenant, or whoever sent them, asks for a second person.
            </Empty>
          ) : (
            <>
              <DataTable
                label="Batches that wait for approval"
                rows={approvals}
                keyOf={({ batch_id }) => batch_id}
                columns={[
                  {
                    name: 'File',
                    cell: ({ batch_id, file_name, seen_before }) => (
                      <>
                        <Link className="strong-link" to={`/batches/${batch_id}`}>
                          {file_name}
                        </Link>{' '}
                        {seen_before && <State look={{ word: 'same file came before', tone: 'partly' }} />}
                      </>
                    ),
                  },
                  { name: 'Sent by', cell: ({ maker }) => maker },
                  { name: 'Rows', isNumber: true, cell: (each) => count(each.count) },
                  { name: 'Amount', isNumber: true, cell: ({ totals }) => <TotalAmounts totals={totals} /> },
                  { name: 'Rails', cell: ({ rails }) => rails.join(', ') },
                  { name: 'Waits for', isNumber: true, cell: ({ waiting_since }) => <Age since={waiting_since} /> },
                  { name: 'Refused by itself', cell: ({ deadline_at }) => <Moment at={deadline_at} /> },
                  {
                    name: 'Decision',
                    cell: (each) =>
                      each.may_decide ? (
                        <DecisionButtons decidable={each} onDone={page.reload} />
                      ) : (
                        <span className="faint">
                          {whyNot(each.maker, me.subject, may('batches.approve')) ?? 'not yours to decide'}
                        </span>
                      ),
                  },
                ]}
              />
              <Pager next={next_cursor} shown={approvals.length} />
            </>
          )
        }
      </Loaded>
    </>
  );
}
