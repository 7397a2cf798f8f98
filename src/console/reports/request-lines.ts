import { h } from 'preact';
import { useState } from 'preact/hooks';
import type { ReportAddresses } from '../admin/wire.ts';
import { curlLine, type ReportView, requestTarget } from './report-view.ts';

/** The request behind what is shown, to take away: address, `curl` line, and the report as CSV. */
export const RequestLines = (props: { view: ReportView; addresses: ReportAddresses; now: number }) => {
  const { view, addresses, now } = props;
  const { prefix } = addresses;
  const origin = addresses.publicUrl?.slice(0, -prefix.length) ?? '';
  const url = origin + requestTarget(view, prefix, now);
  return h(
    'section',
    { class: 'card request', 'aria-label': 'This request' },
    h(
      'div',
      { class: 'head' },
      h('h2', {}, 'This request'),
      h(
        'a',
        { class: 'button', href: requestTarget(view, prefix, now, '.csv'), download: '' },
        'Download CSV',
      ),
    ),
    h(CopyLine, { name: 'URL', text: url }),
    h(CopyLine, { name: 'curl', text: curlLine(url) }),
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
    h('code', { tabIndex: 0 }, text),
    h(
      'button',
      { type: 'button', onClick: () => void copy(), 'aria-label': `Copy ${name}` },
      copied === text ? 'Copied' : 'Copy',
    ),
  );
};
