/** The door: through the identity provider; or, where the hub runs without sign-in on one machine, by saying who one is. */
import { Button, TextInput } from '@carbon/react';
import { type FormEvent, useState } from 'react';
import type { Problem } from '../client/call.ts';
import type { OpenIdentity } from '../client/session.tsx';
import { Note, ProblemNote } from '../parts/page.tsx';

export function SignIn({
  isOpen,
  hasEnded = false,
  enter,
}: {
  readonly isOpen: boolean;
  readonly hasEnded?: boolean;
  readonly enter: (identity: OpenIdentity) => Promise<Problem | undefined>;
}) {
  if (isOpen) return <OpenDoor enter={enter} />;
  const back = `${window.location.pathname}${window.location.search}`;
  return (
    <main className="sign-in card">
      <h1>Tributary</h1>
      <p>
        The operators’ console of the payment hub. You sign in at your organisation’s identity provider and come back to
        this page.
      </p>
      {hasEnded && <Note tone="partly">Your session has ended; you come back to where you were.</Note>}
      <Button href={`/console/login?return_to=${encodeURIComponent(back)}`}>Sign in</Button>
    </main>
  );
}

function OpenDoor({ enter }: { readonly enter: (identity: OpenIdentity) => Promise<Problem | undefined> }) {
  const [tenant, setTenant] = useState('ibank-usa');
  const [user, setUser] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(await enter({ tenant: tenant.trim(), user: user.trim() }));
  };
  return (
    <main className="sign-in card">
      <h1>Tributary</h1>
      <p>
        This hub runs without sign-in (AUTH=off), on this machine only: it believes who you say you are, and lets you do
        everything.
      </p>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <TextInput
          id="tenant"
          labelText="Tenant"
          helperText="As in Platform-TenantId; the samples are ibank-usa and ibank-india."
          value={tenant}
          onChange={(event) => setTenant(event.target.value)}
        />
        <TextInput
          id="user"
          labelText="Your name"
          helperText="What you do is written down under it. Who made a batch may not approve it."
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
        <Button type="submit" disabled={tenant.trim() === '' || user.trim() === ''}>
          Enter
        </Button>
        {problem && <ProblemNote problem={problem} />}
      </form>
    </main>
  );
}
