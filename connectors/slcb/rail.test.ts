import { describeRail } from '../conformance.ts';
import { slcb } from './rail.ts';

describeRail(slcb, { looksUp: false });
