/** A page that breaks says so and lets the others be reached. */
import { Component, type ReactNode } from 'react';
import { ProblemNote } from './page.tsx';

/** Give it the address as its key: another page begins anew. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error?: Error }> {
  override state: { readonly error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const detail = `${error.message}. The hub goes on; load the page anew, and tell whoever runs it if it happens again.`;
    return <ProblemNote problem={{ title: 'This page of the console broke', status: 0, detail }} />;
  }
}
