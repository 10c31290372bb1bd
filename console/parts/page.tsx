/** What every page has: a title that is also the tab's, its actions, and honest words while there is nothing to show. */
import { Breadcrumb, BreadcrumbItem, Button, SkeletonText } from '@carbon/react';
import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router';
import type { Problem } from '../client/call.ts';
import type { Data } from '../client/use-data.ts';
import { Age } from './figures.tsx';
import type { Tone } from './state.tsx';

export type Crumb = { readonly to: string; readonly text: string };

export function PageHead({
  title,
  crumbs = [],
  mark,
  lead,
  actions,
}: {
  readonly title: string;
  readonly crumbs?: readonly Crumb[];
  readonly mark?: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Tributary`;
  }, [title]);
  return (
    <>
      {crumbs.length > 0 && (
        <Breadcrumb noTrailingSlash>
          {crumbs.map(({ to, text }) => (
            <BreadcrumbItem key={to}>
              <Link to={to}>{text}</Link>
            </BreadcrumbItem>
          ))}
        </Breadcrumb>
      )}
      <div className="page-head">
        <div className="page-head__text">
          <div className="page-head__title">
            <h1 tabIndex={-1}>{title}</h1>
            {mark}
          </div>
          {lead && <div className="page-head__lead">{lead}</div>}
        </div>
        {actions && <div className="page-head__actions">{actions}</div>}
      </div>
    </>
  );
}

export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="section" aria-label={title}>
      <div className="section__head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

export function Note({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <div className="note" data-tone={tone}>
      {children}
    </div>
  );
}

/** What happened, why, and what can be done, in that order. */
export function ProblemNote({ problem, retry }: { readonly problem: Problem; readonly retry?: () => void }) {
  const isForbidden = problem.status === 403;
  return (
    <div className="note" data-tone={isForbidden ? 'partly' : 'failed'} role="alert">
      <p>
        <strong>{isForbidden ? 'You may not see or do this' : problem.title}</strong>
      </p>
      <p className="wrap-anywhere">{problem.detail}</p>
      {problem.errors && problem.errors.length > 0 && (
        <ul>
          {problem.errors.map(({ name, message }) => (
            <li key={`${name} ${message}`}>
              {name && <code>{name}</code>} {message}
            </li>
          ))}
        </ul>
      )}
      {isForbidden && (
        <p className="faint">
          Roles are given by whoever administers your tenant; your name and roles stand at the top.
        </p>
      )}
      {retry && !isForbidden && problem.status !== 404 && (
        <Button kind="ghost" size="sm" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Shows data once it is there; says that it is old when a newer answer failed. */
export function Loaded<T>({
  data,
  lines = 4,
  children,
}: {
  readonly data: Data<T>;
  readonly lines?: number;
  readonly children: (value: T) => ReactNode;
}) {
  const { value, problem, at } = data;
  if (value === undefined) {
    return problem ? <ProblemNote problem={problem} retry={data.reload} /> : <Loading lines={lines} />;
  }
  return (
    <>
      {problem && at && (
        <Note tone="partly">
          What you see is <Age since={at.toISOString()} /> old. {problem.detail}
        </Note>
      )}
      {children(value)}
    </>
  );
}

export function Loading({ lines }: { readonly lines: number }) {
  return (
    <div aria-busy="true">
      <span className="cds--visually-hidden">Loading</span>
      <SkeletonText paragraph lineCount={lines} />
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode] | undefined | false)[] }) {
  return (
    <dl className="facts">
      {facts
        .filter((fact) => fact !== undefined && fact !== false)
        .map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} value`}>{value}</dd>])}
    </dl>
  );
}
