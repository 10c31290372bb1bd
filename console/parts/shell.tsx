/** What stands around every page: where one is, what waits, who one is, and whether the page is live. */
import {
  Header,
  HeaderGlobalAction,
  HeaderGlobalBar,
  HeaderMenuButton,
  HeaderName,
  SideNav,
  SideNavItems,
  SideNavLink,
  SkipToContent,
} from '@carbon/react';
import { Asleep, Light, Logout } from '@carbon/react/icons';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'react-router';
import { type LiveState, live } from '../client/live.ts';
import { useSession } from '../client/session.tsx';
import type { Summary } from '../client/types.ts';
import { useData, useLiveState } from '../client/use-data.ts';
import { count } from '../format/amount.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { GlobalSearch } from './global-search.tsx';
import { chooseTheme } from './theme.ts';

type Place = {
  readonly to: string;
  readonly text: string;
  readonly permission?: string;
  readonly waiting?: (summary: Summary) => number;
};

const places: readonly Place[] = [
  { to: '/', text: 'Home' },
  { to: '/batches', text: 'Batches' },
  { to: '/payments', text: 'Single payments' },
  { to: '/approvals', text: 'Approvals', waiting: ({ waiting }) => waiting.approvals.count },
  { to: '/incidents', text: 'Incidents', permission: 'incidents.read', waiting: ({ stuck }) => stuck.incidents.count },
  { to: '/unknowns', text: 'Unknowns', waiting: ({ stuck }) => stuck.unknowns.count },
  { to: '/rails', text: 'Rails', permission: 'rails.read', waiting: ({ stuck }) => stuck.rails.count },
  { to: '/wallets', text: 'Wallets', permission: 'wallets.read' },
  { to: '/routes', text: 'Routes', permission: 'routes.read' },
  { to: '/processes', text: 'Processes', permission: 'processes.read' },
  { to: '/alerts', text: 'Alerts', permission: 'alerts.read' },
  { to: '/webhooks', text: 'Webhooks', permission: 'webhooks.read' },
  { to: '/tenant', text: 'Tenant', permission: 'settings.read' },
  { to: '/audit', text: 'Audit', permission: 'audit.read' },
];

export function Shell({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  const { pathname, hash } = useLocation();
  const [isNavOpen, setNavOpen] = useState(false);
  const summary = useData<Summary>('/api/v1/summary', { on: () => true, every: 15_000 });
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  // A new page is read from its title on, also by who does not see that it is new.
  useEffect(() => {
    void pathname;
    setNavOpen(false);
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
    window.scrollTo(0, 0);
  }, [pathname]);
  // What a link points to on the page may come with its data, a moment later.
  useEffect(() => {
    if (hash === '') return;
    const timers = [0, 400, 1_200].map((ms) =>
      setTimeout(() => document.getElementById(hash.slice(1))?.scrollIntoView(), ms),
    );
    return () => timers.forEach(clearTimeout);
  }, [hash]);
  const { me } = session;
  return (
    <>
      <Header aria-label="Tributary">
        <SkipToContent href="#main" />
        <HeaderMenuButton
          aria-label={isNavOpen ? 'Close the menu' : 'Open the menu'}
          isActive={isNavOpen}
          onClick={() => setNavOpen(!isNavOpen)}
        />
        <HeaderName as={Link} to="/" prefix="">
          Tributary
        </HeaderName>
        <GlobalSearch />
        <HeaderGlobalBar>
          <LiveSwitch />
          <span className="shell-person">
            <b>{me.name}</b>
            <span title={me.roles.join(', ')}>{me.roles.length > 4 ? 'all roles' : me.roles.join(', ')}</span>
            <span>{me.tenant?.name ?? 'the hub'}</span>
          </span>
          <ThemeSwitch />
          <HeaderGlobalAction
            aria-label={session.isOpen ? 'Be somebody else' : 'Sign out'}
            onClick={() => void session.leave()}
            tooltipAlignment="end"
          >
            <Logout size={20} />
          </HeaderGlobalAction>
        </HeaderGlobalBar>
      </Header>
      <SideNav
        aria-label="Pages"
        className="shell-nav"
        expanded={isNavOpen}
        isPersistent
        onSideNavBlur={() => setNavOpen(false)}
      >
        <SideNavItems>
          {places
            .filter(({ permission }) => !permission || session.may(permission))
            .map(({ to, text, waiting }) => (
              <SideNavLink
                key={to}
                as={Link}
                to={to}
                isActive={
                  to === '/batches'
                    ? pathname.startsWith(to)
                    : to === pathname || (to !== '/payments' && to !== '/' && pathname.startsWith(`${to}/`))
                }
              >
                {text}
                {waiting && summary.value && <Waiting n={waiting(summary.value)} />}
              </SideNavLink>
            ))}
        </SideNavItems>
      </SideNav>
      <main className="shell-main" id="main" ref={main} tabIndex={-1}>
        <ErrorBoundary key={pathname}>{children}</ErrorBoundary>
      </main>
    </>
  );
}

function Waiting({ n }: { readonly n: number }) {
  return n === 0 ? null : <span className="shell-nav__count">{count(n)}</span>;
}

const liveWords: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  polling: 'Every 5 s',
  paused: 'Paused',
};

function LiveSwitch() {
  const state = useLiveState();
  const isPaused = state === 'paused';
  return (
    <button
      type="button"
      className="live-switch"
      aria-pressed={isPaused}
      title={isPaused ? 'Nothing on the page changes: go on' : 'Hold the page still'}
      onClick={() => (isPaused ? live.resume() : live.pause())}
    >
      <span className="live-dot" data-state={state} />
      {liveWords[state]}
    </button>
  );
}

function ThemeSwitch() {
  const [isDark, setDark] = useState(document.documentElement.dataset.theme === 'dark');
  return (
    <HeaderGlobalAction
      aria-label={isDark ? 'Light page' : 'Dark page'}
      onClick={() => {
        chooseTheme(isDark ? 'light' : 'dark');
        setDark(!isDark);
      }}
    >
      {isDark ? <Light size={20} /> : <Asleep size={20} />}
    </HeaderGlobalAction>
  );
}
