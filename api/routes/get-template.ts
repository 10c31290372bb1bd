/** GET /template: the header line of a file, with the columns of the named types. */
import type { RequestHandler } from 'express';
import { programColumns, requiredColumns } from '../../domain/batch-file.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery } from '../request.ts';

/** PROGRAM and the rails' ids, in any case. */
export function getTemplate({ rails }: Pick<ApiDeps, 'rails'>): RequestHandler {
  return (req, res) => {
    const columnsOf = new Map<string, readonly string[]>([
      ['PROGRAM', programColumns],
      ...rails.all.map(({ id, columns }): [string, string[]] => [id.toUpperCase(), columns.map(({ name }) => name)]),
    ]);
    const query = readQuery(req, ['types']);
    const types = (query.text('types') ?? '').split(',').flatMap((type) => type.trim().toUpperCase() || []);
    const unknown = types.filter((type) => !columnsOf.has(type));
    if (unknown.length > 0) query.problem('types', `write some of ${[...columnsOf.keys()].join(', ')}, by commas`);
    query.done();
    const columns = new Set([...requiredColumns, ...types.flatMap((type) => columnsOf.get(type) ?? [])]);
    res
      .type('text/csv; charset=utf-8')
      .set('Content-Disposition', 'attachment; filename="template.csv"')
      .send(`${[...columns].join(',')}\n`);
  };
}
