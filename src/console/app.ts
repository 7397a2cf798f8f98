import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { LiveEvent, TokenStatus } from '../admin/wire.ts';
import { ActionsPage } from './actions-page.ts';
import { useLive } from './live.ts';
import { useHash } from './location.ts';
import { formatView, START } from './report-view.ts';
import { ReportsPage, viewOf } from './reports-page.ts';
import { StatusPage } from './status-page.ts';

const PAGES = [
  { name: 'status', title: 'Status', href: '#/status' },
  { name: 'reports', title: 'Reports', href: `#/reports${formatView(START)}` },
  { name: 'actions', title: 'Actions', href: '#/actions' },
] as const;

type PageName = (typeof PAGES)[number]['name'];

export const App = () => {
  const hash = useHash();
  const live = useLive();
  const latest = live.moments.at(-1);
  const page =
    PAGES.find(
      ({ name }) => hash === `/${name}` || hash.startsWith(`/${name}/`) || hash.startsWith(`/${name}?`),
    ) ?? PAGES[0];
  const main = useRef<HTMLElement>(null);
  useTitle(page.title, latest?.event);
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
        { class: 'brand', href: '#/status' },
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
      h(StatePill, { connected: live.connected, event: latest?.event }),
    ),
    h(
      'main',
      { id: 'main', tabIndex: -1, ref: main },
      latest === undefined
        ? h('p', { class: 'waiting', role: 'status' }, 'Waiting for the proxy…')
        : pageOf(page.name, hash, live),
    ),
    h('footer', {}, latest && `cmu-proxy ${latest.event.status.version} · all times are in UTC`),
  );
};

const pageOf = (name: PageName, hash: string, live: ReturnType<typeof useLive>) => {
  const latest = live.moments.at(-1);
  if (latest === undefined) return null;
  switch (name) {
    case 'status':
      return h(StatusPage, { moments: live.moments, latest });
    case 'reports':
      return h(ReportsPage, {
        view: viewOf(hash),
        addresses: latest.event.status.reports,
      });
    case 'actions':
      return h(ActionsPage, { latest: latest.event });
  }
};

/** One word on how it is, for whoever looks up from something else. */
const StatePill = ({ connected, event }: { connected: boolean; event: LiveEvent | undefined }) => {
  const [kind, text] = describe(connected, event);
  return h(
    'p',
    { class: `pill ${kind}`, role: 'status' },
    h('span', { class: 'dot', 'aria-hidden': true }),
    text,
  );
};

const describe = (connected: boolean, event: LiveEvent | undefined): readonly [string, string] => {
  if (event === undefined) return ['muted', 'Connecting'];
  if (!connected) return ['bad', 'Connection lost'];
  const { state, clients } = event.status;
  const isAny = (it: TokenStatus['state']) => clients.some(({ token }) => token.state === it);
  if (state === 'stopping') return ['warn', 'Stopping'];
  if (state === 'unready') return isAny('starting') ? ['warn', 'Starting'] : ['bad', 'No token'];
  const unready = clients.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length > 0) return ['warn', `No token: ${unready.join(', ')}`];
  return isAny('degraded') ? ['warn', 'Refresh fails'] : ['good', 'Ready'];
};

const useTitle = (page: string, event: LiveEvent | undefined): void => {
  const trouble = event !== undefined && event.status.state !== 'ready';
  useEffect(() => {
    document.title = `${trouble ? '● ' : ''}${page} · cmu-proxy`;
  }, [page, trouble]);
};
