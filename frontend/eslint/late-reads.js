// Forbids what a component may be too late to read. Who waits may be gone when it goes on: a dialog is closed, a page is
// left. A $derived then keeps its last value (Svelte warns of derived_inert), and a property is read from a parent that
// shows somebody else by now, or nobody.

const WAITS = /^(then|catch|finally|setTimeout|setInterval|requestAnimationFrame|queueMicrotask)$/;

/** Whether a variable of a component is a $derived, or comes of $props. */
function isFleeting({ defs: [definition], scope }) {
	if (definition?.type !== 'Variable' || !/^(module|global)$/.test(scope.type)) return false;
	const call = definition.node.init;
	if (call?.type !== 'CallExpression') return false;
	const { callee } = call;
	const name = callee.type === 'MemberExpression' ? callee.object.name : callee.name;
	return name === '$derived' || (name === '$props' && callee.type === 'Identifier');
}

/** The nearest function around a node. */
function functionAround(node) {
	for (let at = node.parent; at; at = at.parent) if (/Function/.test(at.type)) return at;
	return undefined;
}

/** Where what follows an await begins: in a loop also what stands before it follows it. */
function startOfLate(node, inside) {
	let start = node.range[1];
	for (let at = node.parent; at && at !== inside; at = at.parent)
		if (/^(For|While|DoWhile)/.test(at.type)) start = Math.min(start, at.body.range[0]);
	return start;
}

/** Whether a function is given to a promise or a timer, which calls it later. A timer that is kept in a variable is cleared. */
function isCalledLater(node) {
	const { parent } = node;
	if (parent.type !== 'CallExpression' || !parent.arguments.includes(node)) return false;
	if (/^(AssignmentExpression|VariableDeclarator)$/.test(parent.parent.type)) return false;
	const { callee } = parent;
	return WAITS.test(callee.type === 'MemberExpression' ? callee.property.name : callee.name);
}

export default {
	meta: {
		type: 'problem',
		schema: [],
		messages: { late: '“{{name}}” is read when its component may be gone: read it before, or ask the state itself.' },
	},
	create(context) {
		const late = new Map(); // function to the start of what follows its first await
		const isLate = (node) => {
			for (let at = functionAround(node); at; at = functionAround(at))
				if (isCalledLater(at) || node.range[0] >= (late.get(at) ?? Infinity)) return true;
			return false;
		};
		return {
			AwaitExpression(node) {
				const inside = functionAround(node);
				if (inside) late.set(inside, Math.min(late.get(inside) ?? Infinity, startOfLate(node, inside)));
			},
			'Program:exit'() {
				const { scopeManager } = context.sourceCode;
				const variables = scopeManager.scopes.flatMap((scope) => scope.variables).filter(isFleeting);
				for (const variable of variables)
					for (const reference of variable.references) {
						const { identifier } = reference;
						const isCalled = identifier.parent.callee === identifier; // a function of the parent knows what it reads
						if (!reference.isRead() || isCalled || !isLate(identifier)) continue;
						context.report({ node: identifier, messageId: 'late', data: { name: identifier.name } });
					}
			},
		};
	},
};
