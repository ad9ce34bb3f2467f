"""The documents two companies exchange: purchase orders, their lines and revisions."""
