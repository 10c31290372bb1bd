/** Addresses and what stands there. */

import { Button } from '@carbon/react';
import { lazy, Suspense } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { type Session, SessionProvider, useSessionState } from './client/session.tsx';
import { BatchPage } from './pages/batch.tsx';
import { Batches } from './pages/batches.tsx';
import { Home } from './pages/home.tsx';
import { SignIn } from './pages/sign-in.tsx';
import { Empty, Loading, ProblemNote } from './parts/page.tsx';
import { Shell } from './parts/shell.tsx';

const NewBatch = lazy(async () => ({ default: (await import('./pages/new-batch.tsx')).NewBatch }));
const PaymentPage = lazy(async () => ({ default: (await import('./pages/payment.tsx')).PaymentPage }));
const Payments = lazy(async () => ({ default: (await import('./pages/payments.tsx')).Payments }));
const Processes = lazy(async () => ({ default: (await import('./pages/processes.tsx')).Processes }));
const ProcessPage = lazy(async () => ({ default: (await import('./pages/process.tsx')).ProcessPage }));
const InstancePage = lazy(async () => ({ default: (await import('./pages/instance.tsx')).InstancePage }));
const Incidents = lazy(async () => ({ default: (await import('./pages/incidents.tsx')).Incidents }));
const IncidentPage = lazy(async () => ({ default: (await import('./pages/incident.tsx')).IncidentPage }));
const Approvals = lazy(async () => ({ default: (await import('./pages/approvals.tsx')).Approvals }));
const Unknowns = lazy(async () => ({ default: (await import('./pages/unknowns.tsx')).Unknowns }));
const Rails = lazy(async () => ({ default: (await import('./pages/rails.tsx')).Rails }));
const TenantPage = lazy(async () => ({ default: (await import('./pages/tenant.tsx')).TenantPage }));
const Wallets = lazy(async () => ({ default: (await import('./pages/wallets.tsx')).Wallets }));
const WalletPage = lazy(async () => ({ default: (await import('./pages/wallet.tsx')).WalletPage }));
const PaymentRoutes = lazy(async () => ({ default: (await import('./pages/routes.tsx')).PaymentRoutes }));
const RoutePage = lazy(async () => ({ default: (await import('./pages/route.tsx')).RoutePage }));
const Alerts = lazy(async () => ({ default: (await import('./pages/alerts.tsx')).Alerts }));
const Webhooks = lazy(async () => ({ default: (await import('./pages/webhooks.tsx')).Webhooks }));
const WebhookPage = lazy(async () => ({ default: (await import('./pages/webhook.tsx')).WebhookPage }));
const Audit = lazy(async () => ({ default: (await import('./pages/audit.tsx')).Audit }));

export function App() {
  const { state, enter } = useSessionState();
  if (state.kind === 'asking') return <Loading lines={3} />;
  if (state.kind === 'failed') return <ProblemNote problem={state.problem} retry={() => window.location.reload()} />;
  if (state.kind === 'anonymous') return <SignIn {...state} enter={enter} />;
  if (!state.session.me.tenant) return <OfTheHub session={state.session} />;
  return (
    <SessionProvider session={state.session}>
      <BrowserRouter basename="/console">
        <Shell>
          <Suspense fallback={<Loading lines={6} />}>
            <Routes>
              <Route path="/" element={<Home />} />
              <Route path="/batches" element={<Batches />} />
              <Route path="/batches/new" element={<NewBatch />} />
              <Route path="/batches/:id" element={<BatchPage />} />
              <Route path="/payments" element={<Payments />} />
              <Route path="/payments/:id" element={<PaymentPage />} />
              <Route path="/processes" element={<Processes />} />
              <Route path="/processes/:key" element={<ProcessPage />} />
              <Route path="/instances/:key" element={<InstancePage />} />
              <Route path="/incidents" element={<Incidents />} />
              <Route path="/incidents/:key" element={<IncidentPage />} />
              <Route path="/approvals" element={<Approvals />} />
              <Route path="/unknowns" element={<Unknowns />} />
              <Route path="/rails" element={<Rails />} />
              <Route path="/wallets" element={<Wallets />} />
              <Route path="/wallets/:id" element={<WalletPage />} />
              <Route path="/routes" element={<PaymentRoutes />} />
              <Route path="/routes/:id" element={<RoutePage />} />
              <Route path="/alerts" element={<Alerts />} />
              <Route path="/webhooks" element={<Webhooks />} />
              <Route path="/webhooks/:id" element={<WebhookPage />} />
              <Route path="/tenant" element={<TenantPage />} />
              <Route path="/audit" element={<Audit />} />
              <Route
                path="*"
                element={
                  <Empty title="There is no such page">
                    The address may be cut short. The pages stand at the left.
                  </Empty>
                }
              />
            </Routes>
          </Suspense>
        </Shell>
      </BrowserRouter>
    </SessionProvider>
  );
}

/** Who administers the hub sees nothing of a tenant's, so there is nothing to show. */
function OfTheHub({ session }: { readonly session: Session }) {
  return (
    <main className="sign-in card">
      <h1>Tributary</h1>
      <p>
        You are {session.me.name}, and administer the hub. You belong to no tenant, and see nothing of theirs; the
        console shows the work of a tenant.
      </p>
      <Button kind="tertiary" onClick={() => void session.leave()}>
        Sign out
      </Button>
    </main>
  );
}
