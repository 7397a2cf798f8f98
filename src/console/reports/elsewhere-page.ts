import { h } from 'preact';
import type { ReportAddresses, RouteFacts } from '../../admin/wire.ts';
import { curlLine } from '../report/curl-line.ts';
import { publicOrigin } from './routes.ts';

/** Where connections guard the public listener, this one gives no reports: it would be a way around the guard. */
export const ElsewherePage = (props: { addresses: ReportAddresses; route: RouteFacts | undefined }) => {
  const { addresses, route } = props;
  const { socketPath } = addresses;
  const url = `${route === undefined ? '' : publicOrigin(addresses, route) + route.prefix}/year/month`;
  return h(
    'div',
    { class: 'page' },
    h('h1', {}, 'Reports'),
    h(
      'section',
      { class: 'card', 'aria-label': 'How to reach reports' },
      h('h2', {}, 'Reports are not served here'),
      h(
        'p',
        {},
        socketPath === undefined
          ? 'Callers need a client certificate, which this page cannot ask for. Ask the public listener, with yours:'
          : 'Reports are served on a Unix socket, and its permissions say who may read them. Ask there:',
      ),
      h(
        'p',
        {},
        h(
          'code',
          {},
          socketPath === undefined
            ? `curl --cert me.pem --key me.key '${url}'`
            : curlLine(url, { socketPath, needsToken: false }),
        ),
      ),
      h('p', { class: 'muted' }, 'Status and actions work here as ever.'),
    ),
  );
};
