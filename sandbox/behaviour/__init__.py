"""How payment providers and card suppliers behave, well or badly: pure, shared by the sandbox's HTTP face and the simulation."""
