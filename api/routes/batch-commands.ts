/** POST /api/v1/batches/{id}/pause, /resume, /cancel and GET …/commands: what people tell the hub to do with a batch, and that they did. */
import type { RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import { type CommandBatch, commandsRange, type HoldCommand } from '../../store/command-batch.ts';
import type { BatchDoc, CommandDoc } from '../../store/documents.ts';
import { readReason } from '../commander.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';

const commandsMax = 1_000;

/** Done at once, except that a cancelled batch takes its time to close: 202 until it has. */
export function postCommand(deps: ApiDeps, commandBatch: CommandBatch, command: HoldCommand): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const told = await readReason(req);
    const { _id: batchId, tenantId } = await batchOf(deps, req, tenant);
    const said = await commandBatch({ tenantId, batchId, command, ...told, at: deps.now() });
    if (said.kind === 'refused') throw notApplicable(command, said.batch);
    deps.log.info('batch commanded', { batchId, command, kind: said.kind });
    const isUnderWay = command === 'cancel' && (said.kind === 'done' || said.batch.closedAt === undefined);
    if (isUnderWay) res.set('Location', `/api/v1/batchtransactions/${batchId}`);
    res.status(isUnderWay ? 202 : 200).json({
      batch_id: batchId,
      status: said.batch.status,
      hold: said.batch.hold ?? null,
      ...shownCommand(said.command),
    });
  };
}

export function getCommands(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { _id } = await batchOf(deps, req, tenant);
    const commands = await deps.c.commands
      .find({ _id: commandsRange(_id) })
      .sort({ _id: 1 })
      .limit(commandsMax)
      .toArray();
    res.json({
      commands: commands.map((doc) => ({
        ...shownCommand(doc),
        before: { status: doc.status, hold: doc.hold ?? null },
        ...(doc.child ? { child: doc.child } : {}),
      })),
    });
  };
}

function shownCommand({ command, by, reason, at }: CommandDoc) {
  return { command, by, reason, given_at: at.toISOString() };
}

function notApplicable(command: HoldCommand, { status, hold, closedAt }: BatchDoc): Problem {
  const held = hold ? ` and ${hold}` : '';
  const is = closedAt ? `closed as ${status}${held}` : `${status}${held}`;
  const cure = {
    pause: 'only a batch that still has payments to send, and is not held, can be paused',
    resume: 'only a paused batch can be resumed',
    cancel: 'only a batch that still has payments to send can be cancelled',
  }[command];
  return new Problem('command-not-applicable', `the batch is ${is}: ${cure}`, {
    batch_status: status,
    hold: hold ?? null,
  });
}
