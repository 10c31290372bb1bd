/** Who looks: asked of the hub once. Without sign-in (AUTH=off) the person names themselves and their tenant. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';
import { CallFailed, get, onSignedOut, type Problem, send, setIdentityHeaders } from './call.ts';
import { live } from './live.ts';
import { forgetData, problemOf } from './use-data.ts';

export type Me = {
  readonly kind: 'person' | 'machine';
  readonly subject: string;
  readonly name: string;
  readonly tenant: { readonly id: string; readonly name: string } | null;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** `headers`: what they say is believed, so whoever sits at this machine may be anybody. */
  readonly known_by?: 'headers' | 'token' | 'session';
};

export type Session = {
  readonly me: Me;
  readonly isOpen: boolean;
  may(permission: string): boolean;
  leave(): Promise<void>;
};

export type SessionState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'anonymous'; readonly isOpen: boolean; readonly hasEnded?: boolean }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'known'; readonly session: Session };

const Context = createContext<Session | undefined>(undefined);
const storageKey = 'tributary-open-identity';

export type OpenIdentity = { readonly tenant: string; readonly user: string };

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new TypeError('a page stands outside of the session');
  return session;
}

export function SessionProvider({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  return <Context value={session}>{children}</Context>;
}

/** Finds out who looks; `enter` names somebody where the hub has no sign-in. */
export function useSessionState() {
  const [state, setState] = useState<SessionState>({ kind: 'asking' });
  const ask = useCallback(async (identity: OpenIdentity | undefined) => {
    setIdentityHeaders(identity ? { 'Platform-TenantId': identity.tenant, 'X-User': identity.user } : {});
    const next = await whoAsks();
    if (next.kind === 'known') live.start();
    setState(next);
    return next;
  }, []);
  useEffect(() => {
    void ask(stored());
    return onSignedOut(() => {
      live.pause();
      setState((now) => (now.kind === 'known' ? { kind: 'anonymous', isOpen: false, hasEnded: true } : now));
    });
  }, [ask]);
  const enter = async (identity: OpenIdentity): Promise<Problem | undefined> => {
    forgetData();
    const next = await ask(identity);
    if (next.kind === 'failed') {
      setState({ kind: 'anonymous', isOpen: true });
      return next.problem;
    }
    sessionStorage.setItem(storageKey, JSON.stringify(identity));
    return undefined;
  };
  return { state, enter };
}

async function whoAsks(): Promise<SessionState> {
  try {
    const me = await get<Me>('/api/v1/me');
    const isOpen = (me.known_by ?? 'headers') === 'headers';
    // A hub that signs people in knows their tenant; one that does not is told.
    if (isOpen && (!me.tenant || me.kind === 'machine')) return { kind: 'anonymous', isOpen };
    return { kind: 'known', session: sessionOf(me, isOpen) };
  } catch (error) {
    if (error instanceof CallFailed && error.problem.status === 401) return { kind: 'anonymous', isOpen: false };
    return { kind: 'failed', problem: problemOf(error) };
  }
}

function sessionOf(me: Me, isOpen: boolean): Session {
  const permissions = new Set(me.permissions);
  return {
    me,
    isOpen,
    may: (permission) => permissions.has(permission),
    async leave() {
      sessionStorage.removeItem(storageKey);
      const answer = isOpen
        ? undefined
        : await send<{ readonly sign_out_url: string | null }>('POST', '/console/logout').catch(() => undefined);
      window.location.assign(answer?.sign_out_url ?? '/console/');
    },
  };
}

function stored(): OpenIdentity | undefined {
  const text = sessionStorage.getItem(storageKey);
  return text ? (JSON.parse(text) as OpenIdentity) : undefined;
}
