-- Who said stop, also those who took it back: asked for by the number.
create index on nightbell.opt_outs (number);
