"""Payment providers behind one port: `port` says what is wanted, one file a provider how it is done, `registry` which there are."""
