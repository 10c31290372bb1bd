/** What the hub itself noticed and a person should look at. */
import { Select, SelectItem } from '@carbon/react';
import { Link } from 'react-router';
import { Empty, Loaded, PageHead } from '../parts/page.tsx';
import { useFilters } from '../parts/table.tsx';
import { AlertTable, alertStates, useAlerts } from './alert-table.tsx';

export function Alerts() {
  const filters = useFilters();
  const state = alertStates.find((each) => each === filters.get('state')) ?? 'open';
  const alerts = useAlerts(state);
  return (
    <>
      <PageHead
        title="Alerts"
        lead="What the hub noticed by itself. An alert closes by itself, too, once its cause is gone."
        actions={
          <Select
            id="alert-state"
            size="sm"
            hideLabel
            labelText="Show"
            value={state}
            onChange={({ target }) => filters.set({ state: target.value === 'open' ? undefined : target.value })}
          >
            {alertStates.map((each) => (
              <SelectItem key={each} value={each} text={each} />
            ))}
          </Select>
        }
      />
      <Loaded data={alerts} lines={6}>
        {(value) =>
          value.alerts.length === 0 ? (
            <Empty title={state === 'open' ? 'Nothing to be alarmed about' : 'No alert is like that'}>
              The hub looks every few seconds for batches that stall, payments that stay unknown, rails that are away
              and books that do not add up. What it finds stands here, and is told to the{' '}
              <Link to="/tenant#addresses">tenant’s alert address</Link>.
            </Empty>
          ) : (
            <AlertTable alerts={value.alerts} />
          )
        }
      </Loaded>
    </>
  );
}
