import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveEvent, TokenStatus } from '../admin/wire.ts';
import { ActionsPage } from './actions/actions-page.ts';
import { type Live, useLive } from './base/live.ts';
import { useHash } from './base/location.ts';
import { ReportsPage } from './reports/reports-page.ts';
import { StatusPage } from './status/status-page.ts';

const PAGES = [
  { name: 'reports', title: 'Reports', href: '#/reports' },
  { name: 'status', title: 'Status', href: '#/status' },
  { name: 'actions', title: 'Actions', href: '#/actions' },
] as const;

type PageName = (typeof PAGES)[number]['name'];

export const App = () => {
  const hash = useHash();
  const live = useLive();
  const [token, setToken] = useState<string | undefined>(undefined);
  const latest = live.moments.at(-1);
  const page =
    PAGES.find(
      ({ name }) => hash === `/${name}` || hash.startsWith(`/${name}/`) || hash.startsWith(`/${name}?`),
    ) ?? PAGES[0];
  const main = useRef<HTMLElement>(null);
  useTitle(page.title, live);
  return h(
    'div',
    { class: 'app' },
    h(
      'a',
      {
        class: 'skip',
        href: '#main',
        onClick: (event: Event) => {
          event.preventDefault();
          main.current?.focus();
        },
      },
      'Skip to content',
    ),
    h(
      'header',
      { class: 'top' },
      h(
        'a',
        { class: 'brand', href: '#/reports' },
        h('img', { src: 'icon.svg', alt: '', width: 28, height: 28 }),
        h('span', {}, 'cmu-proxy'),
      ),
      h(
        'nav',
        { 'aria-label': 'Pages' },
        PAGES.map(({ name, title, href }) =>
          h('a', { key: name, href, 'aria-current': name === page.name ? 'page' : undefined }, title),
        ),
      ),
      h(StatePill, { live }),
    ),
    h(
      'main',
      { id: 'main', tabIndex: -1, ref: main },
      latest === undefined
        ? h('p', { class: 'waiting', role: 'status' }, 'Waiting for the proxy…')
        : pageOf(page.name, { hash, live, token, setToken }),
    ),
    h('footer', {}, latest && `cmu-proxy ${latest.event.status.version}`),
  );
};

interface PageProps {
  readonly hash: string;
  readonly live: Live;
  readonly token: string | undefined;
  readonly setToken: (token: string) => void;
}

const pageOf = (name: PageName, { hash, live, token, setToken }: PageProps) => {
  const latest = live.moments.at(-1);
  if (latest === undefined) return null;
  const { status } = latest.event;
  switch (name) {
    case 'status':
      return h(StatusPage, { moments: live.moments, latest });
    case 'reports':
      return h(ReportsPage, { hash, status, token, onToken: setToken, health: healthOf(live) });
    case 'actions':
      return h(ActionsPage, { latest: latest.event });
  }
};

/** Changes when the proxy has come back, or Adobe has, or there is a token again. */
const healthOf = ({ connected, moments }: Live): string => {
  const status = moments.at(-1)?.event.status;
  return `${connected} ${status?.upstream.failingSince ?? 'well'} ${status?.state}`;
};

/** One word on how it is, for whoever looks up from something else. */
const StatePill = ({ live }: { live: Live }) => {
  const [kind, text] = stateOf(live);
  return h(
    'a',
    { class: `pill ${kind}`, href: '#/status' },
    h('span', { class: 'dot', 'aria-hidden': true }),
    h('span', { role: 'status' }, text),
  );
};

const stateOf = ({ connected, moments }: Live): readonly [kind: string, text: string] => {
  const event: LiveEvent | undefined = moments.at(-1)?.event;
  if (event === undefined) return ['muted', 'Connecting'];
  if (!connected) return ['bad', 'Connection lost'];
  const { state, clients, upstream } = event.status;
  const isAny = (it: TokenStatus['state']) => clients.some(({ token }) => token.state === it);
  if (state === 'stopping') return ['warn', 'Stopping'];
  if (state === 'unready') return isAny('starting') ? ['warn', 'Starting'] : ['bad', 'No token'];
  if (upstream.failingSince !== null) return ['bad', 'Adobe fails'];
  const unready = clients.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length > 0) return ['warn', `No token: ${unready.join(', ')}`];
  return isAny('degraded') ? ['warn', 'Refresh fails'] : ['good', 'Ready'];
};

const useTitle = (page: string, live: Live): void => {
  const [kind] = stateOf(live);
  const trouble = kind === 'bad' && live.moments.length > 0;
  useEffect(() => {
    document.title = `${trouble ? '● ' : ''}${page} · cmu-proxy`;
  }, [page, trouble]);
};
