import { h } from 'preact';
import { useState } from 'preact/hooks';
import type { ReportAddresses, RouteFacts } from '../../admin/wire.ts';
import { errorOf } from '../base/api.ts';
import { download } from '../base/download.ts';
import { type CurlWay, curlLine } from '../report/curl-line.ts';
import type { Bounds } from '../report/ranges.ts';
import { type ReportView, requestTarget } from '../report/report-view.ts';
import { publicOrigin } from './routes.ts';

export interface RequestLinesProps {
  readonly view: ReportView;
  readonly bounds: Bounds | undefined;
  readonly addresses: ReportAddresses;
  readonly route: RouteFacts;
  readonly token: string | undefined;
  /** How the answer came. */
  readonly delivery: string;
}

/** The request behind what is shown, to take away: address, `curl` line, and the report as CSV. */
export const RequestLines = (props: RequestLinesProps) => {
  const { view, bounds, addresses, route, token, delivery } = props;
  const { prefix } = route;
  const url = publicOrigin(addresses, route) + requestTarget(view, prefix, bounds);
  const way: CurlWay = { socketPath: addresses.socketPath, needsToken: token !== undefined };
  return h(
    'section',
    { class: 'card request', 'aria-label': 'This request' },
    h(
      'div',
      { class: 'head' },
      h('h2', {}, 'This request', h('span', { class: 'note' }, ` ${delivery}`)),
      addresses.servedHere && h(CsvDownload, { target: requestTarget(view, prefix, bounds, '.csv'), token }),
    ),
    h(CopyLine, { name: 'URL', text: url }),
    h(CopyLine, { name: 'curl', text: curlLine(url, way) }),
  );
};

/** A link where that is enough; with a token the page has to ask for the file itself. */
const CsvDownload = ({ target, token }: { target: string; token: string | undefined }) => {
  const [failure, setFailure] = useState('');
  if (token === undefined) return h('a', { class: 'button', href: target, download: '' }, 'Download CSV');
  const save = async (): Promise<void> => {
    const response = await fetch(target, { headers: { 'X-Cmu-Proxy-Token': token } });
    if (!response.ok) return setFailure((await errorOf(response)).title);
    const name = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
    download(name ?? 'report.csv', await response.blob());
  };
  return h(
    'div',
    { class: 'row' },
    failure !== '' && h('span', { role: 'status' }, failure),
    h('button', { type: 'button', onClick: () => void save() }, 'Download CSV'),
  );
};

const CopyLine = ({ name, text }: { name: string; text: string }) => {
  const [copied, setCopied] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      setCopied('');
    }
  };
  return h(
    'div',
    { class: 'copy' },
    h('span', { class: 'name' }, name),
    h('code', {}, text),
    h(
      'button',
      { type: 'button', onClick: () => void copy(), 'aria-label': `Copy ${name}` },
      copied === text ? 'Copied' : 'Copy',
    ),
  );
};
