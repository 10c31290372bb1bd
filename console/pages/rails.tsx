/** The rails: which answer, how fast, what waits in front of them; pausing one, and resuming payers it refuses. */
import { Button } from '@carbon/react';
import { useState } from 'react';
import { send } from '../client/call.ts';
import type { Rail } from '../client/operation-types.ts';
import { useSession } from '../client/session.tsx';
import type { PayerBlock } from '../client/types.ts';
import { useData } from '../client/use-data.ts';
import { count, counted } from '../format/amount.ts';
import { CommandDialog } from '../parts/command-dialog.tsx';
import { Age, Moment } from '../parts/figures.tsx';
import { Loaded, PageHead, Section } from '../parts/page.tsx';
import { RailStateMark } from '../parts/state.tsx';
import { DataTable } from '../parts/table.tsx';

export function Rails() {
  const rails = useData<{ readonly rails: readonly Rail[] }>('/api/v1/rails', {
    on: ({ kind }) => kind === 'rail',
    every: 5_000,
  });
  const [open, setOpen] = useState<Rail>();
  const { may } = useSession();
  const canPause = may('rails.command');
  return (
    <>
      <PageHead title="Rails" lead="What carries the money, as the connectors saw it in the last seconds." />
      <Loaded data={rails} lines={6}>
        {(value) => (
          <DataTable
            label="Rails"
            rows={value.rails}
            keyOf={({ rail }) => rail}
            columns={[
              {
                name: 'Rail',
                cell: ({ rail, payment_modes }) => (
                  <strong title={`payment modes: ${payment_modes.join(', ')}`}>{rail}</strong>
                ),
              },
              { name: 'State', cell: ({ state }) => <RailStateMark state={state} /> },
              { name: 'Since', cell: ({ since }) => since && <Age since={since} /> },
              { name: 'Why', cell: (rail) => <span className="cut">{whyOf(rail)}</span> },
              { name: 'Waiting', isNumber: true, cell: ({ lag }) => (lag === null ? '–' : count(lag)) },
              { name: 'Calls under way', isNumber: true, cell: ({ calls_under_way }) => rate(calls_under_way) },
              { name: 'Calls/s', isNumber: true, cell: ({ calls_per_second }) => rate(calls_per_second) },
              { name: 'Errors/min', isNumber: true, cell: ({ errors_per_minute }) => rate(errors_per_minute) },
              { name: 'Connectors', isNumber: true, cell: ({ processes }) => count(processes) },
              canPause && {
                name: 'Action',
                cell: (rail: Rail) => (
                  <Button kind="ghost" size="sm" disabled={rail.paused?.scope === 'hub'} onClick={() => setOpen(rail)}>
                    {rail.paused ? 'Resume …' : 'Pause …'}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <Payers />
      {open && (
        <PauseDialog
          rail={open}
          close={(isDone) => {
            setOpen(undefined);
            if (isDone) rails.reload();
          }}
        />
      )}
    </>
  );
}

function whyOf({ paused, state, state_text, last_error: said, starts_paused_by }: Rail): string {
  if (paused) return `${paused.by}: ${paused.reason}${paused.scope === 'hub' ? ' (the whole hub)' : ''}`;
  if (starts_paused_by.length > 0) return `starts wait for ${starts_paused_by.join(', ')}`;
  const lastError = state === 'up' ? undefined : said;
  return [state_text, lastError].filter((text, at, all) => text && all.indexOf(text) === at).join(': ');
}

function rate(value: number | null): string {
  if (value === null) return '–';
  return value >= 10 || Number.isInteger(value) ? count(Math.round(value)) : value.toFixed(1);
}

function PauseDialog({ rail, close }: { readonly rail: Rail; readonly close: (isDone: boolean) => void }) {
  const word = rail.paused ? 'resume' : 'pause';
  return (
    <CommandDialog
      close={close}
      command={{
        title: word === 'pause' ? `Pause ${rail.rail}?` : `Go on sending over ${rail.rail}?`,
        verb: word === 'pause' ? 'Pause' : 'Resume',
        run: (reason) => send('POST', `/api/v1/rails/${rail.rail}/${word}`, { reason }),
      }}
    >
      {word === 'pause' ? (
        <p>
          Nothing new of your tenant is sent over {rail.rail}. What was sent already settles:{' '}
          {counted(rail.calls_under_way ?? 0, 'call')} of all tenants under way now. What is out is asked about. Other
          rails go on.
        </p>
      ) : (
        <p>What waits is sent within seconds.</p>
      )}
    </CommandDialog>
  );
}

function Payers() {
  const { may } = useSession();
  const blocks = useData<{ readonly payer_blocks: readonly PayerBlock[] }>(
    may('payers.read') ? '/api/v1/payer-blocks' : null,
    {
      on: ({ kind }) => kind === 'payer_block',
      every: 10_000,
    },
  );
  const [open, setOpen] = useState<PayerBlock>();
  if (!may('payers.read')) return null;
  return (
    <div id="payers">
      <Section title="Payers that a rail refuses">
        <Loaded data={blocks} lines={2}>
          {({ payer_blocks }) =>
            payer_blocks.length === 0 ? (
              <p className="faint">None: every payer has funds, as far as the rails have said.</p>
            ) : (
              <DataTable
                label="Payers that a rail refuses"
                rows={payer_blocks}
                keyOf={({ id }) => id}
                columns={[
                  { name: 'Payer', cell: ({ payer }) => <span className="mono">{payer}</span> },
                  { name: 'Rail', cell: ({ rail }) => rail },
                  { name: 'In the rail’s words', cell: ({ text }) => <span className="wrap-anywhere">{text}</span> },
                  { name: 'Since', cell: ({ since }) => <Moment at={since} /> },
                  may('payers.resume') && {
                    name: 'Action',
                    cell: (block: PayerBlock) => (
                      <Button kind="ghost" size="sm" onClick={() => setOpen(block)}>
                        Resume …
                      </Button>
                    ),
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Section>
      {open && (
        <CommandDialog
          close={(isDone) => {
            setOpen(undefined);
            if (isDone) blocks.reload();
          }}
          command={{
            title: 'Have this payer tried again?',
            verb: 'Resume the payer',
            reason: 'none',
            run: () => send('DELETE', `/api/v1/payer-blocks/${open.id}`),
          }}
        >
          <p>
            {open.payer} at {open.rail}: “{open.text}”. What waits for this payer is sent. If there are still no funds,
            it stops again at the first refusal.
          </p>
        </CommandDialog>
      )}
    </div>
  );
}
