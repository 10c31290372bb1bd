/** One box for every id that somebody may have in hand: batch, request, file, payment, Zeebe's key. */
import { Search } from '@carbon/react';
import { useEffect, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { withQuery } from '../client/call.ts';
import type { SearchHit } from '../client/types.ts';
import { useData } from '../client/use-data.ts';

const kinds: Readonly<Record<SearchHit['kind'], { readonly word: string; readonly place: string }>> = {
  batch: { word: 'batch', place: '/batches' },
  payment: { word: 'payment', place: '/payments' },
  transfer: { word: 'single payment', place: '/payments' },
  process_instance: { word: 'instance', place: '/instances' },
  incident: { word: 'incident', place: '/incidents' },
};

export function GlobalSearch() {
  const [text, setText] = useState('');
  const asked = useSettled(text.trim());
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const found = useData<{ readonly hits: readonly SearchHit[] }>(
    asked.length >= 3 ? withQuery('/api/v1/search', { q: asked }) : null,
  );
  const hits = found.value?.hits ?? [];
  const close = () => {
    setOpen(false);
    setText('');
  };
  useEffect(() => {
    const slash = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key !== '/' || /INPUT|TEXTAREA|SELECT/.test(target.tagName)) return;
      event.preventDefault();
      box.current?.querySelector('input')?.focus();
    };
    document.addEventListener('keydown', slash);
    return () => document.removeEventListener('keydown', slash);
  }, []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that the focus has left all that is in it
    <div
      className="shell-search"
      ref={box}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
    >
      <Search
        size="sm"
        labelText="Find a batch, payment, request or key"
        placeholder="Find an id, a file, a request   ( / )"
        value={text}
        onFocus={() => setOpen(true)}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') close();
          const first = hits[0];
          if (event.key === 'Enter' && first) {
            void navigate(addressOf(first));
            close();
          }
        }}
      />
      {isOpen && asked.length >= 3 && (
        <div className="shell-hits">
          {hits.map((hit) => (
            <Link key={`${hit.kind} ${hit.id}`} to={addressOf(hit)} onClick={close}>
              <span className="faint">{kinds[hit.kind].word}</span>
              <span className="cut">{hit.label}</span>
            </Link>
          ))}
          {hits.length === 0 && !found.isLoading && (
            <p>
              {found.problem?.detail ??
                'Nothing has this id. Ids are searched from their beginning, files by the beginning of their name.'}
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function addressOf({ kind, id }: SearchHit): string {
  return `${kinds[kind].place}/${encodeURIComponent(id)}`;
}

/** The text once nobody has typed for a moment. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
