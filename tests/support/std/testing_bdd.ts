/**
 * The part of `@std/testing/bdd` that the tests use, under std's names, on `node:test`. See
 * assert.ts for why.
 */
import * as node from "node:test";

type Body = () => void | Promise<void>;

interface Block {
  (name: string, fn: Body): void;
  only(name: string, fn: Body): void;
  ignore(name: string, fn: Body): void;
  skip(name: string, fn: Body): void;
}

function block(
  run: (name: string, options: { only?: boolean; skip?: boolean }, fn: Body) => unknown,
): Block {
  const skip = (name: string, fn: Body): void => void run(name, { skip: true }, fn);
  return Object.assign((name: string, fn: Body): void => void run(name, {}, fn), {
    only: (name: string, fn: Body): void => void run(name, { only: true }, fn),
    ignore: skip,
    skip,
  });
}

export const describe: Block = block((name, options, fn) => node.describe(name, options, fn));
export const it: Block = block((name, options, fn) => node.it(name, options, () => fn()));

export function beforeAll(fn: Body): void {
  node.before(() => fn());
}

export function afterAll(fn: Body): void {
  node.after(() => fn());
}

export function beforeEach(fn: Body): void {
  node.beforeEach(() => fn());
}

export function afterEach(fn: Body): void {
  node.afterEach(() => fn());
}
