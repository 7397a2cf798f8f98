import { h } from 'preact';
import { readable } from '../report/dimensions.ts';
import type { Link, Report } from '../report/report-answer.ts';
import { AS_IT_COMES, formatView, pathOfLink, type ReportView } from '../report/report-view.ts';

export interface ReportPathProps {
  readonly view: ReportView;
  readonly report: Report | undefined;
  readonly prefix: string;
}

/** Where we are in the tree of reports, and the ways up and down that the API offers from there. */
export const ReportPath = ({ view, report, prefix }: ReportPathProps) => {
  /** The same filters and range elsewhere; what is drawn and sorted belongs to this report. */
  const hrefOf = (path: readonly string[]): string =>
    `#/reports${formatView({ ...view, ...AS_IT_COMES, path })}`;
  const ways = (links: readonly Link[], sign: string, kind: string) =>
    links.map(({ name, href }) =>
      h(
        'li',
        { key: kind + href },
        h(
          'a',
          { class: `chip ${kind}`, href: hrefOf(pathOfLink(href, prefix)) },
          h('span', { 'aria-hidden': true }, sign),
          readable(name),
        ),
      ),
    );
  return h(
    'div',
    { class: 'path' },
    h(
      'nav',
      { 'aria-label': 'Report' },
      h(
        'ol',
        { class: 'crumbs' },
        h('li', {}, h('a', { href: hrefOf([]) }, 'All')),
        view.path.map((segment, index) =>
          h(
            'li',
            { key: `${index}${segment}` },
            h(
              'a',
              {
                href: hrefOf(view.path.slice(0, index + 1)),
                'aria-current': index === view.path.length - 1 ? 'location' : undefined,
              },
              readable(segment),
            ),
          ),
        ),
      ),
    ),
    h(
      'nav',
      { 'aria-label': 'Related reports' },
      h(
        'ul',
        { class: 'ways' },
        ways(report?.rollUp ?? [], '↑ ', 'up'),
        ways(report?.drillDown ?? [], '↓ ', 'down'),
      ),
    ),
  );
};
