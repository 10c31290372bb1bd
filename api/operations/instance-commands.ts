/** POST /api/v1/process-instances/{key}/cancel and /variables, GET …/commands: what operators do to one process instance. */
import type { Request, RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import { isBackpressure } from '../../platform/zeebe.ts';
import type { OperatorCommandDoc, TenantDoc } from '../../store/documents.ts';
import type { NewCommand, OperatorCommands } from '../../store/operator-commands.ts';
import type { ProcessInstanceDoc } from '../../store/process-documents.ts';
import type { ReadProcesses } from '../../store/read-processes.ts';
import type { ApiDeps } from '../deps.ts';
import { keyOf, readQuery, tenantOf } from '../request.ts';
import { readCommand } from './command-body.ts';
import { shownGiven } from './unknowns.ts';

/** As small as what processes carry. */
const variablesMaxBytes = 4_096;
/** Who an instance works for, and for what, is not changed under it: these decide whose money moves. */
const fixedVariables = ['tenantId', 'batchId', 'subBatchId', 'row', 'endToEndId', 'rail'];

export function postCancelInstance(deps: ApiDeps, read: ReadProcesses, commands: OperatorCommands): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { actor, by, reason, idempotencyKey } = await readCommand(req);
    const instance = await activeOf(read, tenant, req);
    const said = await noted(deps, commands, instance, {
      actor,
      command: 'cancel-instance',
      by,
      reason,
      idempotencyKey,
    });
    if (said.isNew) await reached(() => deps.zeebe.cancelInstance(instance._id));
    deps.log.info('process instance cancelled', { processInstanceKey: instance._id, by });
    answer(res, instance, said.command);
  };
}

export function postVariables(deps: ApiDeps, read: ReadProcesses, commands: OperatorCommands): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { actor, by, reason, fields, idempotencyKey } = await readCommand(
      req,
      ['variables', 'element_instance'],
      check,
    );
    const { variables, element_instance: scope } = fields as { variables: object; element_instance?: string };
    const instance = await activeOf(read, tenant, req);
    const detail = { names: Object.keys(variables), scope: scope ?? instance._id };
    const said = await noted(deps, commands, instance, {
      actor,
      command: 'set-variables',
      by,
      reason,
      idempotencyKey,
      detail,
    });
    if (said.isNew) {
      const isThere = await reached(() =>
        deps.zeebe.setVariables(scope ?? instance._id, variables as Record<string, unknown>),
      );
      if (!isThere)
        throw new Problem('instance-ended', 'Zeebe knows no such scope any more: look at the instance again');
    }
    deps.log.info('variables set', { processInstanceKey: instance._id, by, names: detail.names });
    answer(res, instance, said.command);
  };
}

export function getInstanceCommands(deps: ApiDeps, read: ReadProcesses, commands: OperatorCommands): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const instance = await instanceOf(read, tenant, req);
    const given = await commands.of('process-instance', instance._id);
    res.json({
      commands: given.map((doc) => ({ command: doc.command, ...shownGiven(doc), names: doc.detail?.names ?? [] })),
    });
  };
}

function check(given: Readonly<Record<string, unknown>>, problem: (name: string, message: string) => void): void {
  const { variables, element_instance: scope } = given;
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) {
    problem('variables', 'write a JSON object of names and values');
  } else {
    const names = Object.keys(variables);
    if (names.length === 0) problem('variables', 'name at least one');
    for (const name of names.filter((each) => fixedVariables.includes(each))) {
      problem(`variables.${name}`, 'says whom the instance works for, and stays as it is');
    }
    for (const name of names.filter((each) => !/^[A-Za-z_]\w{0,99}$/.test(each))) {
      problem(
        `variables.${name.slice(0, 60)}`,
        'is no name of a variable: letters, digits and _, not beginning with a digit',
      );
    }
    if (Buffer.byteLength(JSON.stringify(variables)) > variablesMaxBytes) {
      problem('variables', `may have ${variablesMaxBytes} bytes: processes carry ids and decisions, nothing large`);
    }
  }
  if (scope !== undefined && !(typeof scope === 'string' && /^\d{1,19}$/.test(scope))) {
    problem('element_instance', 'write the key of an element instance, or leave it out for the whole instance');
  }
}

async function instanceOf(read: ReadProcesses, tenant: TenantDoc, req: Request): Promise<ProcessInstanceDoc> {
  const key = keyOf(req);
  const instance = key === undefined ? undefined : await read.instance(tenant._id, key);
  if (!instance) {
    throw new Problem('not-found', 'the tenant has no process instance of this key, or it ended long ago');
  }
  return instance;
}

async function activeOf(read: ReadProcesses, tenant: TenantDoc, req: Request): Promise<ProcessInstanceDoc> {
  const instance = await instanceOf(read, tenant, req);
  if (instance.state !== 'active') throw new Problem('instance-ended', `it is ${instance.state}`);
  return instance;
}

/** Written before it is done: what was tried is known even if the answer is lost. */
function noted(
  deps: ApiDeps,
  commands: OperatorCommands,
  instance: ProcessInstanceDoc,
  given: Pick<NewCommand, 'actor' | 'command' | 'by' | 'reason' | 'detail' | 'idempotencyKey'>,
) {
  const { tenantId = '' } = instance;
  return commands.note({ tenantId, object: { kind: 'process-instance', id: instance._id }, at: deps.now(), ...given });
}

async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isBackpressure(error)) throw error;
    throw new Problem('unavailable', 'Zeebe is away or has too much to do: try again in a moment', {}, error);
  }
}

function answer(res: Parameters<RequestHandler>[1], { _id }: ProcessInstanceDoc, command: OperatorCommandDoc): void {
  res.status(202).set('Location', `/api/v1/process-instances/${_id}`);
  res.json({ key: _id, command: command.command, ...shownGiven(command) });
}
